// SPDX-License-Identifier: Apache-2.0

package sitehosttest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// Browser asks the pages of whatever site serves. It makes a connection for
// each request, as what is reused is the front door's matter.
type Browser struct{ Client *http.Client }

// NewBrowser is a browser without a session.
func NewBrowser(dial func(context.Context) (net.Conn, error)) *Browser {
	jar, _ := cookiejar.New(nil) // fails only for a bad list of domains
	return &Browser{&http.Client{
		Timeout: time.Minute, // longer than any page takes
		Jar:     insecure{jar}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{MaxIdleConnsPerHost: -1, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }},
	}}
}

// SignIn signs in as admin, who has this password or, at first, the one of the
// first sign-in, which is changed then.
func (b *Browser) SignIn(password string) error {
	if b.Post("/login/sign-in", "username", "admin", "password", password) == http.StatusSeeOther {
		return nil
	}
	b.Post("/login/sign-in", "username", "admin", "password", "password")
	if got := b.Post("/login/change-password", "old", "password", "new", password, "again", password); got != http.StatusSeeOther {
		return fmt.Errorf("changing the first password: status %d", got)
	}
	return nil
}

// insecure sends secure cookies though there is no TLS behind the front door.
type insecure struct{ http.CookieJar }

func (j insecure) SetCookies(u *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		c.Secure = false
	}
	j.CookieJar.SetCookies(u, cookies)
}

// Get reads a page.
func (b *Browser) Get(path string) (string, error) {
	res, err := b.Client.Get("http://site" + path)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

// Post sends a form and gives the status, 0 if there was no answer. Being led to
// the sign-in is no success.
func (b *Browser) Post(path string, fields ...string) int {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	res, err := b.Client.PostForm("http://site"+path, form)
	if err != nil {
		return 0
	}
	res.Body.Close()
	if strings.HasPrefix(res.Header.Get("Location"), "/login/sign-in") {
		return http.StatusUnauthorized
	}
	return res.StatusCode
}
