// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"strings"
	"testing"
	"time"

	"understudy/integration/box"
	"understudy/integration/chromium"
	"understudy/web/appliance/appliancetest"
)

// TestALineThatNeverStood loads a page whose stream of news cannot be opened, as
// when the box goes away right behind the page: the page says so, tries again,
// and follows along once it can.
func TestALineThatNeverStood(t *testing.T) {
	ctx := t.Context()
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	s := &target{url: b.URL, user: box.Admin, password: appliancetest.Password}
	tab := s.lost(t)
	if err := tab.Block(ctx); err != nil {
		t.Fatal(err)
	}
	until(t, "the page is connected again", func() bool { return !shows(t, tab, "Connection lost") })
	startTasks(t, b)
	until(t, "the page follows along", func() bool { return shows(t, tab, "Install Base Software 3.3.2") })
	tab.ForgiveOutage()
	for _, c := range tab.Complaints() {
		t.Error(c)
	}
}

// TestALateScript loads a page whose stream of news cannot be opened, and whose
// last script comes late: what goes wrong with the stream meanwhile is told all
// the same.
func TestALateScript(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	s := &target{url: lateScript(t, b.URL), user: box.Admin, password: appliancetest.Password}
	s.lost(t)
}

// lost signs in and loads a page whose stream of news cannot be opened; it
// returns once the page says so.
func (s *target) lost(t *testing.T) *chromium.Tab {
	t.Helper()
	ctx := t.Context()
	tab := chromium.StartT(t).OpenT(t)
	s.session(t, tab, s.signedIn(t, s.user, s.password))
	if err := tab.Block(ctx, "*://*:*/appliance/live"); err != nil {
		t.Fatal(err)
	}
	if _, err := tab.Goto(ctx, s.url+"/appliance/status/tasks"); err != nil {
		t.Fatal(err)
	}
	until(t, "the page tells of the lost connection", func() bool { return shows(t, tab, "Connection lost") })
	return tab
}

// lateScript is a line to a box on which app.js takes a second.
func lateScript(t *testing.T, to string) (url string) {
	t.Helper()
	end, err := neturl.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(end)
	proxy.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // the certificate is httptest's
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/app.") && strings.HasSuffix(r.URL.Path, ".js") {
			select {
			case <-time.After(time.Second):
			case <-r.Context().Done():
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestALineWithoutItsSession loads a page whose stream of news cannot be opened,
// and ends the session meanwhile: the page says so and stays, with what somebody
// may have typed.
func TestALineWithoutItsSession(t *testing.T) {
	ctx := t.Context()
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	s := &target{url: b.URL, user: box.Admin, password: appliancetest.Password}
	p := s.signedIn(t, s.user, s.password)
	tab := chromium.StartT(t).OpenT(t)
	s.session(t, tab, p)
	if err := tab.Block(ctx, "*://*:*/appliance/live"); err != nil {
		t.Fatal(err)
	}
	if _, err := tab.Goto(ctx, s.url+"/appliance/users/new"); err != nil {
		t.Fatal(err)
	}
	if err := tab.Fill(ctx, "Username", "heidi"); err != nil {
		t.Fatal(err)
	}
	p.Press("Sign Out")
	if err := tab.Block(ctx); err != nil {
		t.Fatal(err)
	}
	until(t, "the page tells of the session", func() bool { return shows(t, tab, "Your session has ended") })
	if path, err := tab.Path(ctx); err != nil || path != "/appliance/users/new" {
		t.Errorf("the page has gone to %s, %v", path, err)
	}
}

// until asks again and again. The browser shares the host with machines.
func until(t *testing.T, what string, ready func() bool) {
	t.Helper()
	again, late := time.NewTicker(100*time.Millisecond), time.After(5*time.Minute)
	defer again.Stop()
	for !ready() {
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("not in time: %s", what)
		}
	}
}
