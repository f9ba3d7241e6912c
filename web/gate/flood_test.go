// SPDX-License-Identifier: Apache-2.0

package gate_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"understudy/web/appliance/appliancetest"
	"understudy/web/gate"
)

func TestBodiesAreCapped(t *testing.T) {
	var c calls
	b := appliancetest.New(t, appliancetest.Options{Changed: true, Routes: append(policies(&c),
		gate.Route{Method: "POST", Pattern: "/appliance/t/small", Policy: gate.SignedIn, MaxBody: 100, Handler: c.handler})})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for name, call := range map[string]struct {
		path, body string
		header     http.Header
		status     int
	}{
		"fits":             {"/appliance/t/small", "a=1", form, 204},
		"too large":        {"/appliance/t/small", "a=" + strings.Repeat("x", 200), form, 413},
		"far too large":    {"/appliance/t/signed", "a=" + strings.Repeat("x", 2<<20), form, 413},
		"too many fields":  {"/appliance/t/signed", strings.Repeat("a=1&", 1000), form, 400},
		"bad escapes":      {"/appliance/t/signed", "a=%zz", form, 400},
		"not UTF-8":        {"/appliance/t/signed", "a=%ff%fe", form, 400},
		"a zero byte":      {"/appliance/t/signed", "a=%00", form, 400},
		"no type":          {"/appliance/t/signed", "a=1", http.Header{"Content-Type": nil}, 415},
		"JSON":             {"/appliance/t/signed", "{}", http.Header{"Content-Type": {"application/json"}}, 415},
		"another charset":  {"/appliance/t/signed", "a=1", http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-16"}}, 415},
		"multipart":        {"/appliance/t/signed", "--x--", http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}, 415},
		"a query too many": {"/appliance/t/signed?a=%ff", "a=1", form, 400},
	} {
		before := c.n.Load()
		a := browser.Do("POST", call.path, call.body, call.header)
		if reached := c.n.Load() > before; a.Status != call.status || reached != (call.status == 204) {
			t.Errorf("%s: %d, reached %t, want %d", name, a.Status, reached, call.status)
		}
	}
}

// A body whose length is not told is cut off while it is read, one that is
// announced as too large is not read at all.
func TestBodiesAreCappedWhateverTheySayOfThemselves(t *testing.T) {
	var c calls
	b := appliancetest.New(t, appliancetest.Options{Changed: true, Routes: policies(&c)})
	secret := b.SignIn(t, "admin", appliancetest.Password).Secret()
	for name, call := range map[string]struct {
		path string
		body io.Reader
	}{
		"unknown length": {"/appliance/t/signed", io.MultiReader(strings.NewReader("a="), strings.NewReader(strings.Repeat("x", 2<<20)))},
		"announced":      {"/appliance/api/v1/t/signed", strings.NewReader(strings.Repeat("x", 2<<20))},
	} {
		r := httptest.NewRequest("POST", call.path, call.body)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(&http.Cookie{Name: gate.Cookie, Value: secret})
		w := httptest.NewRecorder()
		b.Gate.ServeHTTP(w, r)
		if w.Code != http.StatusRequestEntityTooLarge || c.n.Load() != 0 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestQueryCannotOverrideTheForm(t *testing.T) {
	var got string
	b := appliancetest.New(t, appliancetest.Options{Changed: true, Routes: []gate.Route{{Method: "POST", Pattern: "/appliance/t", Policy: gate.SignedIn,
		Handler: func(w http.ResponseWriter, r *http.Request) { got = r.FormValue("a") }}}})
	b.SignIn(t, "admin", appliancetest.Password).Post("/appliance/t?a=query", "b", "1")
	if got != "" {
		t.Errorf("the form's field is %q", got)
	}
}

func TestConcurrentWorkIsCapped(t *testing.T) {
	hold, holding := make(chan struct{}), make(chan struct{}, 10)
	b := appliancetest.New(t, appliancetest.Options{Changed: true, Gate: gate.Config{InFlight: 2}, Routes: []gate.Route{
		{Method: "GET", Pattern: "/appliance/t/hold", Policy: gate.Public, Handler: func(http.ResponseWriter, *http.Request) { holding <- struct{}{}; <-hold }},
	}})
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() { b.Browser(t).Get("/appliance/t/hold") })
	}
	<-holding
	<-holding
	a := b.Browser(t).Get("/appliance/sign-in")
	if a.Status != 503 || a.Header.Get("Retry-After") == "" || !a.Shows("Try again") {
		t.Errorf("one too many: %d %v", a.Status, a.Header)
	}
	close(hold)
	wait.Wait()
	if a := b.Browser(t).Get("/appliance/sign-in"); a.Status != 200 {
		t.Errorf("afterwards: %d", a.Status)
	}
}

func TestAttemptsAreLimitedPerAddressAndReportedOnce(t *testing.T) {
	var told int
	var mu sync.Mutex
	b := appliancetest.New(t, appliancetest.Options{Gate: gate.Config{PerMinute: 5, OnLimited: func(*http.Request) { mu.Lock(); told++; mu.Unlock() }}})
	browser := b.Browser(t)
	var status []int
	for range 8 {
		status = append(status, browser.Post("/appliance/sign-in", "username", "nobody", "password", "x").Status)
	}
	for i, s := range status {
		if want := 422; i < 5 && s != want || i >= 5 && s != 429 {
			t.Errorf("attempt %d: %d", i+1, s)
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	if a := browser.Get("/appliance/sign-in"); a.Status != 200 {
		t.Errorf("the page itself is limited: %d", a.Status)
	}
}

// One network counts as one client also where it is the one of the cable, in
// which whoever is on it has as many addresses as he likes.
func TestAttemptsFromTheSameLink(t *testing.T) {
	b := appliancetest.Build(t, appliancetest.Options{Gate: gate.Config{PerMinute: 3}})
	for remote, limited := range map[string]bool{"fe80::%x%%eth0": true, "2001:db8:1:2::%x": true, "2001:db8:1:%x::1": false, "192.0.2.%d": false} {
		last := 0
		for i := range 6 {
			r := httptest.NewRequest("POST", "/appliance/sign-in", strings.NewReader("username=nobody&password=x"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.RemoteAddr = "[" + fmt.Sprintf(remote, i+1) + "]:5000"
			w := httptest.NewRecorder()
			b.Gate.ServeHTTP(w, r)
			last = w.Code
		}
		if (last == http.StatusTooManyRequests) != limited {
			t.Errorf("the sixth from %s: %d", remote, last)
		}
	}
}

// A thousand people signing in at once get an answer each, and no more of them
// are served at a time than the gate and the accounts allow.
func TestAThousandAtOnce(t *testing.T) {
	b := appliancetest.Build(t, appliancetest.Options{Gate: gate.Config{PerMinute: 100000}})
	var mu sync.Mutex
	answers := map[int]int{}
	var wait sync.WaitGroup
	for range 1000 {
		wait.Go(func() {
			status := b.Direct(t, "POST", "/appliance/sign-in", "username=nobody&password=x")
			mu.Lock()
			answers[status]++
			mu.Unlock()
		})
	}
	wait.Wait()
	for status, n := range answers {
		if status != 422 && status != 503 {
			t.Errorf("%d times %d", n, status)
		}
	}
	if answers[422] == 0 {
		t.Errorf("nobody was served: %v", answers)
	}
}
