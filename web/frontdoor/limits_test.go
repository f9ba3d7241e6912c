// SPDX-License-Identifier: Apache-2.0

package frontdoor

import (
	"net/http"
	"testing"
)

func TestWhoseAConnectionIs(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:1":                "192.0.2.7",
		"[::ffff:192.0.2.7]:1":       "192.0.2.7",
		"[2001:db8:1:2:3:4:5:6]:1":   "2001:db8:1:2::/64",
		"[2001:db8:1:2::9]:1":        "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1":           "fe80::/64",
		"127.0.0.1:1":                own,
		"[::1]:1":                    own,
		"what net.Conn may say else": "what net.Conn may say else",
	} {
		if got := whose(remote); got != want {
			t.Errorf("%s counts for %s, want %s", remote, got, want)
		}
	}
}

// The box reaches itself also when others hold all that they may.
func TestStrangersDoNotKeepTheBoxFromItself(t *testing.T) {
	l := newLimits(2, 1)
	if !l.take("192.0.2.7") || !l.take("192.0.2.8") || l.take("192.0.2.9") {
		t.Error("two connections are not what is allowed")
	}
	if !l.take(own) || l.take(own) {
		t.Error("the box's own connections are not counted for themselves")
	}
	l.give(own)
	l.give("192.0.2.7")
	if !l.take("192.0.2.9") || l.take("192.0.2.7") {
		t.Error("a place that was given back is not one")
	}
}

// Requests to the site that its clients do not read hold no more than their
// share, and the appliance's own pages answer on.
func TestSlowReadersOfTheSite(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	d, _ := newDoor(t, Config{SiteAtOnce: 2, Site: behind(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-release
	}))})
	ended := make(chan int)
	for range 2 {
		go func() { ended <- ask(d, "GET", "/login").Code }()
		<-asked
	}
	if w := ask(d, "GET", "/login"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("one too many: %d", w.Code)
	}
	if w := ask(d, "GET", "/healthz"); w.Code != http.StatusOK {
		t.Errorf("the door's own pages: %d", w.Code)
	}
	close(release)
	for range 2 {
		if code := <-ended; code != http.StatusOK {
			t.Errorf("one that had a place: %d", code)
		}
	}
	go func() { <-asked }()
	if w := ask(d, "GET", "/login"); w.Code != http.StatusOK {
		t.Errorf("afterwards: %d", w.Code)
	}
}
