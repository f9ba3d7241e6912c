// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"understudy/pkgstore/checkin"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/server"
	"understudy/pkgstore/trust"
)

func find(t *testing.T, list []trust.Target, name string) trust.Target {
	t.Helper()
	for _, tg := range list {
		if tg.Summary.Name == name {
			return tg
		}
	}
	t.Fatalf("no %s in %+v", name, list)
	return trust.Target{}
}

func TestCheckRefreshFetch(t *testing.T) {
	w := newWorld(t, false)
	b := w.box("US-1")
	b.mustCheck()
	list := b.refresh()
	if len(list) != 3 {
		t.Fatalf("%d packages: %+v", len(list), list)
	}
	site := find(t, list, "Bomgar-12.2.0")
	if c := site.Customer; c == nil || c.ID != "c1" || c.Hostname != "support.example.com" || c.Licenses != 25 {
		t.Errorf("built for %+v", c)
	}
	for _, tg := range list {
		path := b.admission.Packages + tg.Name
		first := b.get(path, "Range", "bytes=0-999")
		rest := b.get(path, "Range", "bytes=1000-", "If-Range", first.Header.Get("ETag"))
		if first.StatusCode != 206 || rest.StatusCode != 206 {
			t.Fatal(first.Status, rest.Status)
		}
		raw, err := io.ReadAll(tg.Reader(io.MultiReader(first.Body, rest.Body)))
		if err != nil {
			t.Fatal(err)
		}
		p, err := pack.Open(bytes.NewReader(raw), int64(len(raw)))
		if err != nil || p.Summary().Name != tg.Summary.Name {
			t.Error(p, err)
		}
	}

	// The same over a restart, and no new build.
	w.restart()
	if again := b.refresh(); find(t, again, "Bomgar-12.2.0").SHA256 != site.SHA256 {
		t.Error("another build")
	}
	w.must(w.server.SetLicenses(t.Context(), "c1", 50, epoch.AddDate(1, 0, 0)))
	list = b.refresh()
	if n := find(t, list, "Bomgar-12.2.0").Customer.Licenses; n != 50 || len(list) != 4 {
		t.Errorf("%d licences, %d packages", n, len(list))
	}
}

// The file for a factory is an ordinary update file, and no download.
func TestFactory(t *testing.T) {
	w := newWorld(t, false)
	b := w.box("US-1")
	var file bytes.Buffer
	w.must(w.server.Factory(t.Context(), "c1", "12.2.0", &file))
	target, body, err := trust.OpenOffline(&file, b.state, w.clock.get(), false)
	if err != nil || target.Summary.Name != "Bomgar-12.2.0" || target.Customer.ID != "c1" || target.EULA == "" {
		t.Fatalf("%+v, %v", target, err)
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		t.Error(err)
	}
	if list, err := w.server.Downloads(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("downloads %+v, %v", list, err)
	}
	for customer, version := range map[string]string{"c9": "12.2.0", "c1": "9.9"} {
		if err := w.server.Factory(t.Context(), customer, version, io.Discard); err == nil || !strings.Contains(err.Error(), customer) {
			t.Errorf("%s, %s: %v", customer, version, err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	w := newWorld(t, false)
	one, other := w.box("US-1"), w.box("US-1")
	one.mustCheck()
	used := one.statement(checkin.Online, 0)
	one.check(used)
	changed := strings.Replace(one.statement(checkin.Online, 0), "A", "B", 1)
	for _, c := range []struct {
		name, code string
		box        *box
		statement  string
	}{
		{"nonsense", "bad-key", one, "hello"},
		// Of much more than that, the server would cut the connection while the rest
		// is sent, and who is slow would see no answer.
		{"too long", "too-large", one, strings.Repeat("a", 200<<10)},
		{"changed", "bad-key", one, changed},
		{"download key", "wrong-purpose", one, one.statement(checkin.Download, 0)},
		{"clock ahead", "clock", one, one.statement(checkin.Online, 11*time.Minute)},
		{"clock behind", "clock", one, one.statement(checkin.Online, -11*time.Minute)},
		{"another key", "wrong-key", other, other.statement(checkin.Online, 0)},
		{"unknown serial", "unknown-serial", one, w.box("US-9").statement(checkin.Online, 0)},
		{"twice", "used", one, used},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, detail := c.box.check(c.statement)
			if code != c.code || strings.Contains(detail, "c1") || strings.Contains(detail, "support.example.com") {
				t.Errorf("%s: %s", code, detail)
			}
			if code == "clock" && !strings.Contains(detail, "Status > Basics") {
				t.Errorf("%q does not lead to the clock", detail)
			}
		})
	}
	w.clock.pass(2 * 365 * 24 * time.Hour)
	if code, _ := one.check(one.statement(checkin.Online, 0)); code != "maintenance-lapsed" {
		t.Error(code)
	}
}

func TestTokensAreForOneView(t *testing.T) {
	w := newWorld(t, false)
	one, two := w.box("US-1"), w.box("US-2")
	one.mustCheck()
	two.mustCheck()
	own := two.admission
	two.admission.Token = one.admission.Token
	for _, path := range []string{own.Metadata + "timestamp.json", own.Packages + "base-3.3.2-1.pkg", "/tuf/c9/timestamp.json"} {
		if res := two.get(path); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	one.admission.Token = ""
	if res := one.get(one.admission.Metadata + "timestamp.json"); res.StatusCode != http.StatusUnauthorized {
		t.Error(res.Status)
	}
	two.admission = own
	w.clock.pass(7 * time.Hour)
	if res := two.get(own.Metadata + "timestamp.json"); res.StatusCode != http.StatusUnauthorized {
		t.Error("the token does not end", res.Status)
	}
}

func TestEntitlementFollowsMaintenance(t *testing.T) {
	w := newWorld(t, false)
	w.must(w.server.AddCustomer(t.Context(), server.Customer{ID: "c3", Hostname: "a.example.com", Maintenance: epoch.Add(time.Hour)}))
	w.must(w.server.Enroll(t.Context(), "US-3", "c3", "", ""))
	w.must(w.server.SetLicenses(t.Context(), "c3", 7, time.Time{}))
	b := w.box("US-3")
	b.mustCheck()
	if n := len(b.refresh()); n != 4 {
		t.Errorf("%d packages, want 4", n)
	}
	w.must(w.server.Entitle(t.Context(), "c3", pack.Release{Kind: pack.Base, Version: "4.2.1"}, false))
	if n := len(b.refresh()); n != 3 {
		t.Errorf("%d packages, want 3 without the exception", n)
	}

	// Maintenance that ends before a package is built.
	w.must(w.server.AddCustomer(t.Context(), server.Customer{ID: "c4", Hostname: "b.example.com", Maintenance: epoch.AddDate(0, -1, 0).Add(time.Hour)}))
	w.must(w.server.Enroll(t.Context(), "US-4", "c4", "", ""))
	w.clock.pass(-31 * 24 * time.Hour)
	b = w.box("US-4")
	b.mustCheck()
	w.stockBase("5.1.0", epoch)
	for _, tg := range b.refresh() {
		if tg.Version == "5.1.0" {
			t.Error("a package that was built after maintenance")
		}
	}
	w.must(w.server.Entitle(t.Context(), "c4", pack.Release{Kind: pack.Base, Version: "5.1.0"}, true))
	find(t, b.refresh(), "Base Software 5.1.0")
	if err := w.server.Entitle(t.Context(), "c9", pack.Release{Kind: pack.Base, Version: "5.1.0"}, true); err == nil {
		t.Error("an exception for nobody")
	}
}

// An appliance that moves to another customer is not taken back in time.
func TestMovedAppliance(t *testing.T) {
	w := newWorld(t, false)
	two, one := w.box("US-2"), w.box("US-1")
	two.mustCheck() // the view of c2 is older than the one of c1
	two.refresh()
	w.clock.pass(time.Hour)
	one.mustCheck()
	one.refresh()
	w.must(w.server.Enroll(t.Context(), "US-1", "c2", "", ""))
	w.clock.pass(time.Minute)
	one.mustCheck()
	if c := find(t, one.refresh(), "Bomgar-12.2.0").Customer; c.ID != "c2" {
		t.Error(c)
	}
}

func TestOpenServerTakesUnknownSerials(t *testing.T) {
	w := newWorld(t, true)
	b := w.box("US-77")
	b.mustCheck()
	if len(b.refresh()) != 3 {
		t.Error("not three packages")
	}
	if status, text := w.person().paste(w.box("US-78").statement(checkin.Download, 0)); status != 200 || !strings.Contains(text, "US-78") {
		t.Error(status, text)
	}
}

func TestEnrollWithKey(t *testing.T) {
	w := newWorld(t, false)
	b := w.box("US-1")
	key := b.statement(checkin.Download, 0)
	if status, text := w.person().paste(key); status != 403 || !strings.Contains(text, "Support") {
		t.Error(status, text)
	}
	if err := w.server.Enroll(t.Context(), "US-5", "c1", key, ""); err == nil {
		t.Error("took the key of another serial")
	}
	w.must(w.server.Enroll(t.Context(), "US-1", "c1", key, ""))
	if status, text := w.person().paste(key); status != 200 || !strings.Contains(text, "Base Software 3.3.2") {
		t.Error(status, text)
	}
}

// The server and a command beside it begin at once.
func TestOpenAtOnce(t *testing.T) {
	dir := t.TempDir()
	roots := make(chan string, 4)
	for range cap(roots) {
		go func() {
			s, err := server.Open(t.Context(), server.Config{Data: dir, Open: true})
			if err != nil {
				roots <- err.Error()
				return
			}
			roots <- string(s.Root())
			_ = s.Close()
		}()
	}
	first := <-roots
	for range cap(roots) - 1 {
		if root := <-roots; root != first || !strings.HasPrefix(root, "{") {
			t.Errorf("%s\n%s", first, root)
		}
	}
}
