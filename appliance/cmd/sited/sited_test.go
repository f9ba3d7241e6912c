// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/basectl"
	"understudy/appliance/site/schema"
	"understudy/appliance/store"
	"understudy/pkgstore/pack"
)

// started runs the site over real sockets and returns based's end.
func started(t *testing.T, o options) (*basectl.Client, *http.Client, <-chan error) {
	t.Helper()
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	s := make(chan struct{})
	go func() { ended <- run(ctx, o, slog.New(slog.NewTextHandler(io.Discard, nil))); close(s) }()
	t.Cleanup(func() { cancel(); <-s })
	var conn net.Conn
	for err := errors.New(""); err != nil; conn, err = net.Dial("unix", o.control) {
		select {
		case err := <-ended:
			t.Fatal(err)
		default:
		}
	}
	c, err := basectl.Open(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", o.listen) }},
	}, ended
}

func places(t *testing.T) options {
	t.Helper()
	dir := t.TempDir()
	o := options{data: dir, listen: filepath.Join(dir, "h"), control: filepath.Join(dir, "c"), summary: filepath.Join(dir, "summary.json")}
	write(t, o, 25)
	return o
}

func write(t *testing.T, o options, licenses int) {
	t.Helper()
	b, err := json.Marshal(pack.Summary{Release: pack.Release{Kind: pack.Site, Version: "12.2.0", Tree: 7}, Name: "Bomgar-12.2.0", Build: "b7",
		Customer: &pack.Customer{Hostname: "support.example.com", Licenses: licenses}})
	if err == nil {
		err = os.WriteFile(o.summary, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A site that based can neither ask nor stop ends, so that it is started anew.
func TestASiteWithoutControlEnds(t *testing.T) {
	o := places(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // what a failure takes
	defer cancel()
	s := &site{options: o, ready: make(chan struct{}), stop: cancel}
	control, err := listen(o.control)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-s.ready
		control.Close()
	}()
	err = s.live(ctx, control, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if !errors.Is(err, net.ErrClosed) || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("%v, %v", err, ctx.Err())
	}
}

func TestLifeOfASite(t *testing.T) {
	o := places(t)
	c, web, ended := started(t, o)
	ctx := t.Context()
	if err := c.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	signedIn := 0
	status := func(want string) {
		t.Helper()
		got, err := c.Status(ctx)
		if err != nil || got != (basectl.Status{State: want, Version: "12.2.0", Tree: 7, Build: "b7", Sessions: signedIn}) {
			t.Errorf("%+v, %v", got, err)
		}
	}
	post := func() int {
		t.Helper()
		res, err := web.Post("http://site/login/sign-in", "application/x-www-form-urlencoded", strings.NewReader("username=admin&password=password"))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	status(basectl.Running)
	if got := post(); got != http.StatusSeeOther {
		t.Errorf("signing in: %d", got)
	}
	signedIn++
	if err := c.ReadOnly(ctx, "An update is being installed."); err != nil {
		t.Fatal(err)
	}
	status(basectl.ReadOnly)
	if got := post(); got != http.StatusServiceUnavailable {
		t.Errorf("signing in while read-only: %d", got)
	}
	if err := c.Copy(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.Writable(ctx); err != nil || post() != http.StatusSeeOther {
		t.Errorf("writes do not come back (%v)", err)
	}
	copied := t.TempDir()
	if err := os.Rename(filepath.Join(o.data, basectl.CopyName), schema.Path(copied)); err != nil {
		t.Fatal(err)
	}
	if err := migrateOnly(ctx, copied); err != nil {
		t.Error(err)
	}
	if err := c.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestFirstPassword(t *testing.T) {
	const chosen = "chosen beforehand"
	hash, err := account.HashPassword(account.DefaultPolicy().Argon2, chosen)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, given, opens, mustNot, leads string }{
		{"the guide's", "", "password", chosen, "/login/change-password"},
		{"the seed's", hash, chosen, "password", "/login"},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := places(t)
			if row.given != "" {
				if err := os.WriteFile(filepath.Join(filepath.Dir(o.summary), basectl.FirstPasswordName), []byte(row.given), 0o400); err != nil {
					t.Fatal(err)
				}
			}
			c, web, _ := started(t, o)
			if err := c.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
			signIn := func(password string) *http.Response {
				t.Helper()
				res, err := web.PostForm("http://site/login/sign-in", url.Values{"username": {"admin"}, "password": {password}})
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				return res
			}
			if res := signIn(row.mustNot); res.StatusCode == http.StatusSeeOther {
				t.Errorf("%q opens the site", row.mustNot)
			}
			if res := signIn(row.opens); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != row.leads {
				t.Errorf("%q: status %d, led to %q, want %q", row.opens, res.StatusCode, res.Header.Get("Location"), row.leads)
			}
		})
	}
}

// A site whose first password is unreadable stays closed: it must not open
// with the guide's.
func TestBadFirstPasswordEndsTheSite(t *testing.T) {
	o := places(t)
	if err := os.WriteFile(filepath.Join(filepath.Dir(o.summary), basectl.FirstPasswordName), []byte("password"), 0o400); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // one that opened would stay
	defer cancel()
	if err := run(ctx, o, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "first account") {
		t.Errorf("%v", err)
	}
}

func TestLicencesChangeWithoutARestart(t *testing.T) {
	o := places(t)
	c, _, _ := started(t, o)
	write(t, o, 50)
	if err := c.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(o.summary, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	var refused *basectl.Refused
	if err := c.Reload(t.Context()); !errors.As(err, &refused) {
		t.Errorf("half a summary is taken: %v", err)
	}
	if got, err := c.Status(t.Context()); err != nil || got.Version != "12.2.0" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDamagedDatabaseEndsTheSite(t *testing.T) {
	o := places(t)
	if err := os.WriteFile(schema.Path(o.data), []byte(strings.Repeat("noise ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), o, slog.New(slog.DiscardHandler)); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("%v", err)
	}
	if err := migrateOnly(t.Context(), o.data); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("%v", err)
	}
}

func TestNothingIsGuessed(t *testing.T) {
	if err := (options{data: "x", listen: "x", control: "x"}).check(); err == nil || !strings.Contains(err.Error(), "-summary") {
		t.Errorf("%v", err)
	}
}
