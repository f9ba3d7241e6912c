// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"understudy/appliance/client/applianceapi"
	"understudy/integration/box"
)

// passwords tries 100 wrong passwords one after the other, and 1,000 at once
// after the first of them, before the limit of attempts is reached. The account is locked as its policy says and opens for nobody meanwhile, the
// flood is held back, the audit log has all of it, and who is signed in works
// on. The memory that the flood takes is looked at by the test that kills
// based next.
func passwords(t *testing.T, b *box.Box, admin *applianceapi.Client) {
	ctx := b.Within(t, 2*answer)
	if _, err := admin.Reauthenticate(ctx, box.Password); err != nil {
		t.Fatal(err)
	}
	const right = "moss on the north side"
	carol, err := admin.AddUser(ctx, applianceapi.NewUser{Username: "carol", Role: "read-only", Password: right})
	if err != nil {
		t.Fatal(err)
	}
	tries := &attempts{}
	step := func(name string, f func(t *testing.T)) { t.Helper(); t.Run(name, f) }
	one := wireTo(b)
	defer one.close()
	step("the first 20, one after the other", func(t *testing.T) {
		for i := range 20 {
			tries.one(t, one, "carol", "wrong "+strconv.Itoa(i))
		}
		tries.check(t, 20)
		if tries.held != 0 {
			t.Error("one attempt after the other is too many already")
		}
	})
	step("the account is locked for the right password too", func(t *testing.T) {
		u, err := admin.User(b.Within(t, answer), carol.ID)
		if err != nil || u.LockedUntil.IsZero() {
			t.Errorf("%+v, %v", u, err)
		}
		if page := tries.one(t, one, "carol", right); !strings.Contains(page, "This user name is locked after too many wrong passwords.") {
			t.Errorf("the right password is answered by %.2000q", page)
		}
		tries.check(t, 1)
	})
	step("1,000 at once", func(t *testing.T) { flood(t, b, tries) })
	step("80 more, one after the other", func(t *testing.T) {
		for i := range 80 {
			tries.one(t, one, "carol", "wrong "+strconv.Itoa(i))
		}
		tries.check(t, 80)
	})
	step("who is signed in works on", func(t *testing.T) {
		s, err := admin.Status(b.Within(t, answer))
		if err != nil || s.Crashes != 0 {
			t.Errorf("%+v, %v", s, err)
		}
		if r, err := admin.VerifyAudit(b.Within(t, answer)); err != nil || !r.OK {
			t.Errorf("audit log %+v, %v", r, err)
		}
	})
	step("the audit log has them", func(t *testing.T) {
		list, err := admin.Audit(b.Within(t, answer), applianceapi.AuditFilter{Action: "sign-in", Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		var refused int64
		for _, e := range list.Items {
			if e.Outcome == audited {
				refused += max(e.Count, 1)
			}
		}
		if want := int64(tries.judged); refused < want {
			t.Errorf("the audit log has %d refused sign-ins, and %d were judged", refused, want)
		}
	})
	step("an administrator unlocks the account", func(t *testing.T) {
		if err := admin.UnlockUser(b.Within(t, answer), carol.ID); err != nil {
			t.Fatal(err)
		}
		if u, err := admin.User(b.Within(t, answer), carol.ID); err != nil || !u.LockedUntil.IsZero() {
			t.Errorf("%+v, %v", u, err)
		}
	})
}

// flood sends 1,000 wrong passwords, none of which waits for the answer to
// another: the front door takes 64 requests at a time of a connection, and
// these are fewer on each. The connections are there before.
func flood(t *testing.T, b *box.Box, tries *attempts) {
	const all, each = 1000, 63
	judged := tries.judged
	var sent sync.WaitGroup
	start := make(chan struct{})
	for first := 0; first < all; first += each {
		c := &http.Client{Timeout: b.Scale(answer), Transport: &http.Transport{
			ForceAttemptHTTP2: true, MaxConnsPerHost: 1, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
		defer c.CloseIdleConnections()
		res, err := c.Get(b.URL(443) + "/appliance/sign-in")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		for i := first; i < min(first+each, all); i++ {
			sent.Go(func() {
				<-start
				tries.post(t, c, b.URL(443), "user"+strconv.Itoa(i%50), "wrong "+strconv.Itoa(i))
			})
		}
	}
	close(start)
	sent.Wait()
	tries.check(t, all)
	if tries.held == 0 || tries.judged == judged {
		t.Errorf("%d were judged and %d held back: this was no flood, or none came through", tries.judged, tries.held)
	}
	t.Logf("%d were under way at once", tries.most)
	if tries.most < all/2 {
		t.Errorf("no more than %d were under way at once: this was no flood", tries.most)
	}
}

// audited is the outcome of a refused sign-in in the audit log.
const audited = "refused"

// attempts counts what became of sign-ins with wrong passwords.
type attempts struct {
	mu      sync.Mutex
	judged  int // the password was looked at, or the account was locked
	held    int // turned away before that
	before  int // judged and held back in earlier rounds
	way     int // under way now
	most    int // that ever were under way at once
	strange map[string]int
}

// one tries one password at the page, and gives what is shown.
func (a *attempts) one(t *testing.T, w *wire, user, password string) string {
	body := url.Values{"username": {user}, "password": {password}}.Encode()
	r, err := w.ask(t.Context(), "POST", "/appliance/sign-in", form, body)
	if err != nil {
		t.Error(err)
		return ""
	}
	a.count(r.Status, r.Body)
	return r.Body
}

// post tries one password over a connection that others use at the same time.
func (a *attempts) post(t *testing.T, c *http.Client, base, user, password string) {
	a.under(1)
	defer a.under(-1)
	res, err := c.PostForm(base+"/appliance/sign-in", url.Values{"username": {user}, "password": {password}})
	if err != nil {
		t.Error(err)
		return
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
		return
	}
	a.count(res.StatusCode, string(body))
}

// under counts one that begins, or that ends.
func (a *attempts) under(change int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.way += change
	a.most = max(a.most, a.way)
}

func (a *attempts) count(status int, body string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch status {
	case http.StatusUnprocessableEntity:
		a.judged++
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		a.held++
	default:
		if a.strange == nil {
			a.strange = map[string]int{}
		}
		a.strange[strconv.Itoa(status)+" "+strings.TrimSpace(body)]++
	}
}

// check wants every attempt of this round refused in a way that says so.
func (a *attempts) check(t *testing.T, want int) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for answer, n := range a.strange {
		t.Errorf("%d attempts were answered by %.200q", n, answer)
	}
	if got := a.judged + a.held - a.before; got != want {
		t.Errorf("%d of %d attempts were refused as they should be", got, want)
	}
	a.before = a.judged + a.held
	t.Logf("%d judged, %d held back so far", a.judged, a.held)
}
