// SPDX-License-Identifier: Apache-2.0

package frontdoor

import (
	"context"
	"errors"
	"log"
	"mime"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"time"

	"understudy/web/gate"
	"understudy/web/ui"
)

// Site is the half of the box that a site package brings, as the door sees it.
// The functions are called with every request.
type Site struct {
	Installed func() bool
	Dial      func(ctx context.Context) (net.Conn, error) // connects to the program that serves now
	Task      func() string                               // title of a running task that keeps the site away; nil or empty: none
}

// retryAfter is when a browser may ask a site again that is away, in seconds.
const retryAfter = 10

// siteProxy hands requests on to the site. It connects for each one: a unix
// socket costs next to nothing, and after an update no request goes to the
// program that served before.
func (d *Door) siteProxy() *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host = "http", "site"
			p.SetXForwarded() // what the client sent of these is gone by now
		},
		Transport: &http.Transport{
			DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return d.config.Site.Dial(ctx) },
			MaxIdleConnsPerHost:    -1, // none; to ask for the end of each would let the site refuse a form without reading it, and the answer be lost
			DisableCompression:     true,
			ResponseHeaderTimeout:  gate.Patience,
			MaxResponseHeaderBytes: 64 << 10,
		},
		ModifyResponse: d.fromSite,
		ErrorHandler:   d.siteAway,
		ErrorLog:       log.New(errorWriter{d.config.Errors}, "", 0),
	}
}

// serveSite answers a request that belongs to the site.
func (d *Door) serveSite(w http.ResponseWriter, r *http.Request) {
	if d.config.Site == nil || !d.config.Site.Installed() {
		d.noSite(w, r)
		return
	}
	if r.Header.Get("Service-Worker") != "" {
		// A script of the site that stands between a browser and /appliance.
		d.small(w, http.StatusForbidden, ui.Small{Title: "That cannot be done here", Text: "Service workers are not served."})
		return
	}
	// Each holds a connection and a buffer, however slowly the client reads.
	select {
	case d.places <- struct{}{}:
		defer func() { <-d.places }()
	default:
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
		d.small(w, http.StatusServiceUnavailable, ui.Small{Title: "Too much at once", Text: "The appliance is answering as many requests as it can. Try again in a few seconds."})
		return
	}
	clear(w.Header()) // the site sends its own; fromSite adds what is missing
	c := http.NewResponseController(w)
	_ = c.SetWriteDeadline(time.Now().Add(gate.Patience))
	r = r.WithContext(context.WithValue(r.Context(), deadlines{}, c))
	d.site.ServeHTTP(w, forSite(r))
}

type deadlines struct{}

// fromSite takes out of an answer what would reach into the other half of the
// box. From here on the client has the usual time to read; a stream stays open.
func (d *Door) fromSite(res *http.Response) error {
	cookies := res.Header["Set-Cookie"]
	res.Header.Del("Set-Cookie")
	for _, line := range cookies {
		// What cannot be read here may be read by a browser, as something else.
		if c, err := http.ParseSetCookie(line); err == nil && !strings.HasPrefix(c.Name, gate.Cookie) {
			res.Header.Add("Set-Cookie", line)
		}
	}
	for _, name := range []string{"Clear-Site-Data", "Alt-Svc", "Service-Worker-Allowed", "Strict-Transport-Security"} {
		res.Header.Del(name)
	}
	least := make(http.Header)
	gate.Headers(least, gate.PageCSP)
	for name, values := range least {
		if len(res.Header[name]) == 0 {
			res.Header[name] = values
		}
	}
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	c, ok := res.Request.Context().Value(deadlines{}).(*http.ResponseController)
	switch {
	case !ok:
		return nil
	case kind == "text/event-stream":
		return errors.Join(c.SetReadDeadline(time.Time{}), c.SetWriteDeadline(time.Time{}))
	}
	_ = c.SetWriteDeadline(time.Now().Add(d.config.Timeout))
	return nil
}

// siteAway says that the site does not answer, and why if a task is known.
func (d *Door) siteAway(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // nobody is there to read
	}
	if d.config.Errors != nil {
		d.config.Errors("site: " + err.Error())
	}
	small := ui.Small{Title: "The site is not available right now", Text: "It starts, or is being repaired. Try again in a moment."}
	if d.config.Site.Task != nil {
		if task := d.config.Site.Task(); task != "" {
			small = ui.Small{Title: "The site is under maintenance", Text: "It is back when this has ended: " + task + "."}
		}
	}
	clear(w.Header())
	gate.Headers(w.Header(), gate.PageCSP)
	w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	if err := d.ui.Small(w, http.StatusServiceUnavailable, ui.Page{Refresh: retryAfter}, small); err != nil {
		http.Error(w, small.Title, http.StatusServiceUnavailable)
	}
}
