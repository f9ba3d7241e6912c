// SPDX-License-Identifier: Apache-2.0

package frontdoor

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/base/certs"
	"understudy/web/gate"
)

// half notes what reaches one half of the box.
type half struct{ got *http.Request }

func (h *half) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.got = r; fmt.Fprint(w, "half") }

func (h *half) Serves(path string) bool {
	return path == "/appliance" || strings.HasPrefix(path, "/appliance/")
}

func newDoor(t *testing.T, c Config) (*Door, *half) {
	t.Helper()
	keeper, err := certs.InMemory(certs.Names{Hostname: "support.example.com"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	appliance := &half{}
	c.Appliance, c.Certificate = appliance, keeper.GetCertificate
	c.Errors = func(message string) {
		if t.Context().Err() == nil { // of a test that is over, nothing may be logged
			t.Log(message)
		}
	}
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return d, appliance
}

func ask(d *Door, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w
}

func TestNewWantsWhatItNeeds(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("a door without anything behind it opens")
	}
}

func TestWithoutSiteEverythingLeadsToAppliance(t *testing.T) {
	d, _ := newDoor(t, Config{})
	for path, status := range map[string]int{"/": 200, "/login": 200, "/login/status": 404, "/api/command": 404, "/applianceX": 404} {
		w := ask(d, "GET", path)
		if w.Code != status || !strings.Contains(w.Body.String(), `href="/appliance"`) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if w.Header().Get("Content-Security-Policy") != gate.PageCSP {
			t.Errorf("%s has the policy %q", path, w.Header().Get("Content-Security-Policy"))
		}
		if strings.Contains(w.Body.String(), "3.3.2") {
			t.Errorf("%s names a version", path)
		}
	}
	for _, path := range []string{"/", "/login", "/healthz", "/.well-known/security.txt"} {
		if w := ask(d, "POST", path); w.Code != 405 || w.Header().Get("Allow") == "" {
			t.Errorf("POST %s: %d", path, w.Code)
		}
	}
	if w := ask(d, "GET", "/%2e%2e/etc"); w.Code != 400 {
		t.Errorf("an escaped path: %d", w.Code)
	}
}

func TestHealthzSaysNoMore(t *testing.T) {
	well := true
	d, _ := newDoor(t, Config{Healthy: func() bool { return well }})
	if w := ask(d, "GET", "/healthz"); w.Code != 200 || w.Body.String() != "ok\n" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	well = false
	if w := ask(d, "GET", "/healthz"); w.Code != 503 || w.Body.String() != "not ok\n" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if w := ask(d, "GET", "/healthz?verbose"); w.Code != 303 || w.Header().Get("Location") != "/appliance/status/health" {
		t.Errorf("verbose: %d %q", w.Code, w.Header().Get("Location"))
	}
}

func TestSecurityTxt(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	d, _ := newDoor(t, Config{Contact: "mailto:security@example.com", Now: func() time.Time { return now }})
	body := ask(d, "GET", "/.well-known/security.txt").Body.String()
	for _, line := range []string{"Contact: mailto:security@example.com\n", "Expires: 2027-11-20T00:00:00Z\n"} {
		if !strings.Contains(body, line) {
			t.Errorf("%q is missing in %q", line, body)
		}
	}
	bare, _ := newDoor(t, Config{})
	if w := ask(bare, "GET", "/.well-known/security.txt"); w.Code != 404 {
		t.Errorf("without a contact: %d", w.Code)
	}
}

func TestHalvesDoNotSeeEachOthersCookies(t *testing.T) {
	site := &half{}
	d, appliance := newDoor(t, Config{Site: behind(t, site)})
	both := gate.Cookie + "=ours; __Host-understudy-site=theirs; other=1"
	ask(d, "GET", "/appliance/status", "Cookie", both)
	ask(d, "GET", "/login", "Cookie", both)
	if got := appliance.got.Header.Get("Cookie"); got != gate.Cookie+"=ours" {
		t.Errorf("/appliance gets %q", got)
	}
	if got := site.got.Header.Get("Cookie"); got != "__Host-understudy-site=theirs; other=1" {
		t.Errorf("the site gets %q", got)
	}
	for sent, want := range map[string]string{"Bearer " + account.TokenPrefix + "x": "", "Bearer theirs": "Bearer theirs"} {
		ask(d, "GET", "/api/command", "Authorization", sent)
		if got := site.got.Header.Get("Authorization"); got != want {
			t.Errorf("%q reaches the site as %q", sent, got)
		}
	}
	// A path that only looks like /appliance is the site's.
	ask(d, "GET", "/appliances", "Cookie", both)
	if site.got.URL.Path != "/appliances" {
		t.Error("/appliances did not reach the site")
	}
}

func TestRedirectKeepsTheName(t *testing.T) {
	port := 443
	d, _ := newDoor(t, Config{PublicPort: func() int { return port }})
	redirect := func(method, host, target string) (int, string) {
		r := httptest.NewRequest(method, target, nil)
		r.Host = host
		w := httptest.NewRecorder()
		d.Redirect(w, r)
		return w.Code, w.Header().Get("Location")
	}
	for host, want := range map[string]string{
		"support.example.com":      "https://support.example.com/appliance?a=b",
		"support.example.com:8080": "https://support.example.com/appliance?a=b",
		"192.0.2.10":               "https://192.0.2.10/appliance?a=b",
		"[2001:db8::10]:80":        "https://[2001:db8::10]/appliance?a=b",
		"localhost":                "https://localhost/appliance?a=b",
	} {
		if code, location := redirect("GET", host, "/appliance?a=b"); code != 307 || location != want {
			t.Errorf("%s: %d %s, want %s", host, code, location, want)
		}
	}
	port = 8443
	if _, location := redirect("GET", "127.0.0.1:8080", "/"); location != "https://127.0.0.1:8443/" {
		t.Errorf("with a public port: %s", location)
	}
	for _, host := range []string{"", "evil.example.com/path", "a b", "user@host", "-x", "[fe80::1%25eth0]", `a"b`} {
		if code, location := redirect("GET", host, "/"); code != 400 || location != "" {
			t.Errorf("%q: %d %s", host, code, location)
		}
	}
	if code, _ := redirect("POST", "support.example.com", "/appliance/sign-in"); code != 405 {
		t.Errorf("POST: %d", code)
	}
}

// serveDoor serves both ports on loopback.
func serveDoor(t *testing.T, d *Door) (secure, plain net.Addr) {
	t.Helper()
	var listeners [2]net.Listener
	for i := range listeners {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners[i] = l
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Serve(ctx, listeners[0], listeners[1]) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serving ended with %v", err)
		}
	})
	return listeners[0].Addr(), listeners[1].Addr()
}

func TestServeSpeaksTLSOnOnePortAndRedirectsOnTheOther(t *testing.T) {
	d, _ := newDoor(t, Config{PublicPort: func() int { return 8443 }})
	secure, plain := serveDoor(t, d)
	client := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	res, err := client.Get("https://" + secure.String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if res.ProtoMajor != 2 || string(body) != "ok\n" {
		t.Errorf("HTTP/%d answers %q", res.ProtoMajor, body)
	}
	res, err = client.Get("http://" + plain.String() + "/appliance")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if location := res.Header.Get("Location"); location != "https://127.0.0.1:8443/appliance" {
		t.Errorf("port 80 leads to %q", location)
	}
}

func TestTLSRefusesOldVersionsAndSuites(t *testing.T) {
	d, _ := newDoor(t, Config{})
	secure, _ := serveDoor(t, d)
	for name, c := range map[string]*tls.Config{
		"TLS 1.1": {MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
		"CBC":     {MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA}},
	} {
		c.InsecureSkipVerify = true
		if conn, err := tls.Dial("tcp", secure.String(), c); err == nil {
			conn.Close()
			t.Errorf("%s is accepted", name)
		}
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		conn, err := tls.Dial("tcp", secure.String(), &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
		if err != nil {
			t.Errorf("%s: %v", tls.VersionName(version), err)
			continue
		}
		conn.Close()
	}
}

func TestConnectionsOverTheLimitAreClosed(t *testing.T) {
	d, _ := newDoor(t, Config{Connections: 10, PerAddress: 2})
	secure, _ := serveDoor(t, d)
	config := &tls.Config{InsecureSkipVerify: true}
	var open []net.Conn
	for range 2 {
		c, err := tls.Dial("tcp", secure.String(), config)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	if c, err := tls.Dial("tcp", secure.String(), config); err == nil {
		c.Close()
		t.Fatal("a third connection of the same address is served")
	}
	// A place that is given back can be taken.
	open[0].Close()
	for deadline := time.Now().Add(time.Minute); ; {
		c, err := tls.Dial("tcp", secure.String(), config)
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a place that was given back is not free")
		}
	}
	open[1].Close()
}

func TestOversizedHeaderIsRefused(t *testing.T) {
	d, _ := newDoor(t, Config{})
	secure, _ := serveDoor(t, d)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	r, _ := http.NewRequest("GET", "https://"+secure.String()+"/", nil)
	r.Header.Set("X-Big", strings.Repeat("x", 64<<10))
	res, err := client.Do(r)
	if err != nil {
		return // closed while sending: refused as well
	}
	res.Body.Close()
	if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got %d", res.StatusCode)
	}
}
