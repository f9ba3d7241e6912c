// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/pkgstore/checkin"
	"understudy/pkgstore/server"
	"understudy/pkgstore/trust"
)

const base332 = "base-3.3.2-1.pkg"

// A person with a key: the list, a download that is cut and resumed over a
// restart of the server, an offline file that the appliance takes, once.
func TestDownloadOnce(t *testing.T) {
	w := newWorldWith(t, false, 24<<20)
	b := w.box("US-1")
	b.mustCheck()
	p := w.person()
	status, text := p.paste("\n  " + b.statement(checkin.Download, 0) + " \n")
	for _, want := range []string{"US-1", "Base Software 3.3.2", "Bomgar-12.2.0", "Install others first"} {
		if !strings.Contains(text, want) {
			t.Errorf("%d: no %q in %q", status, want, text)
		}
	}
	status, head := p.download(base332, 0, 500_000)
	if status != 200 {
		t.Fatal(status)
	}
	w.restart() // in the middle
	if text := p.look(); !strings.Contains(text, "Download Base Software 3.3.2") {
		t.Fatalf("gone before its end: %q", text)
	}
	w.clock.pass(23 * time.Hour)
	status, tail := p.download(base332, int64(len(head)), -1)
	if status != 206 {
		t.Fatal(status)
	}
	tg, pkg, err := trust.OpenOffline(bytes.NewReader(append(head, tail...)), b.state, w.clock.get(), false)
	if err != nil || tg.Version != "3.3.2" {
		t.Fatal(tg, err)
	}
	if _, err := io.Copy(io.Discard, pkg); err != nil {
		t.Fatal(err)
	}
	w.restart() // which waits until what was served is noted
	if text := p.look(); strings.Contains(text, "Download Base Software 3.3.2") || !strings.Contains(text, "Base Software 4.2.1") {
		t.Errorf("after its last byte: %q", text)
	}
	if status, _ := p.download(base332, 0, -1); status != 410 {
		t.Error(status)
	}
	if status, _ := p.download(base332, int64(len(head)), -1); status != 206 {
		t.Error("the last bytes cannot be had again within a day:", status)
	}
	w.clock.pass(2 * time.Hour)
	if status, _ := p.download(base332, int64(len(head)), -1); status != 410 {
		t.Error("a day later:", status)
	}
	w.must(w.server.Reissue(t.Context(), "US-1", base332))
	if status, raw := p.download(base332, 0, -1); status != 200 || len(raw) != len(head)+len(tail) {
		t.Error("reissued:", status, len(raw))
	}
}

func TestDownloadThatIsNotResumed(t *testing.T) {
	w := newWorld(t, false)
	b := w.box("US-1")
	b.mustCheck()
	p := w.person()
	p.paste(b.statement(checkin.Download, 0))
	p.download(base332, 0, 1000)
	w.restart()
	w.clock.pass(25 * time.Hour)
	if text := p.look(); strings.Contains(text, "Download Base Software 3.3.2") {
		t.Errorf("a day later: %q", text)
	}
	if status, _ := p.download(base332, 1000, -1); status != 410 {
		t.Error(status)
	}
}

// What nobody can resume, and what was built anew, does not stay on disk.
func TestOldFilesGo(t *testing.T) {
	w := newWorld(t, false)
	b := w.box("US-1")
	files := func(dir string) int {
		list, err := os.ReadDir(filepath.Join(w.config.Data, dir))
		w.must(err)
		return len(list)
	}
	w.must(w.server.AddCustomer(t.Context(), server.Customer{ID: "c3", Hostname: "a.example.com", Maintenance: epoch.AddDate(50, 0, 0)}))
	w.must(w.server.Enroll(t.Context(), "US-1", "c3", "", ""))
	b.mustCheck()
	p := w.person()
	p.paste(b.statement(checkin.Download, 0))
	p.download(base332, 0, 1000)
	w.must(w.server.SetLicenses(t.Context(), "c3", 9, time.Time{}))
	p.look()
	if files("offline") != 1 || files("built") != 3 { // two site packages, an add-on
		t.Fatal(files("offline"), files("built"))
	}
	w.clock.pass(20 * 365 * 24 * time.Hour) // files have the dates of the real clock
	p = w.person()
	p.paste(b.statement(checkin.Download, 0))
	if status, _ := p.download("base-4.2.1-1.pkg", 0, -1); status != 200 {
		t.Fatal(status)
	}
	if files("offline") != 1 || files("built") != 2 {
		t.Error(files("offline"), files("built"))
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	w := newWorld(t, false)
	b, impostor := w.box("US-1"), w.box("US-1")
	b.mustCheck()
	used := b.statement(checkin.Download, 0)
	if status, text := w.person().paste(used); status != 200 {
		t.Fatal(text)
	}
	for _, c := range []struct{ name, key, want string }{
		{"empty", "", "not a complete appliance key"},
		{"cut short", used[:len(used)-9], "key"},
		{"twice", used, "used before"},
		{"unknown serial", w.box("US-9").statement(checkin.Download, 0), "not known"},
		{"of another", impostor.statement(checkin.Download, 0), "not made by the appliance"},
		{"from the future", b.statement(checkin.Download, 11*time.Minute), "Status > Basics"},
		{"expired", b.statement(checkin.Download, -7*24*time.Hour-time.Minute), "valid for 7 days"},
		{"for a check", b.statement(checkin.Online, 0), "another purpose"},
		{"of no Support", "USS1-AAAA", "did not make this key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := w.person()
			status, text := p.paste(c.key)
			if status < 400 || !strings.Contains(text, c.want) {
				t.Errorf("%d: %q", status, text)
			}
			for _, secret := range []string{"support.example.com", "Base Software 3.3.2", "Bomgar", "box.example.com"} {
				if strings.Contains(text, secret) || strings.Contains(p.look(), secret) {
					t.Errorf("shows %q", secret)
				}
			}
		})
	}
}

func TestKeyOfSupport(t *testing.T) {
	w := newWorld(t, false)
	if _, err := w.server.SupportKey(t.Context(), "US-9"); err == nil {
		t.Error("a key for an unknown serial")
	}
	key, err := w.server.SupportKey(t.Context(), "US-1")
	w.must(err)
	if status, text := w.person().paste(" " + key + "\n"); status != 200 || !strings.Contains(text, "Base Software 3.3.2") || strings.Contains(text, "satisfy") {
		t.Error(status, text)
	}
	if status, _ := w.person().paste(key); status != 409 {
		t.Error("twice:", status)
	}
	key, err = w.server.SupportKey(t.Context(), "US-1")
	w.must(err)
	w.clock.pass(8 * 24 * time.Hour)
	if status, _ := w.person().paste(key); status != 403 {
		t.Error("a week later:", status)
	}
}

func TestPages(t *testing.T) {
	w := newWorld(t, false)
	p := w.person()
	res, err := p.Get(w.http.URL + "/")
	w.must(err)
	if status, text := p.text(res); status != 200 || !strings.Contains(text, "Appliance Download Key") {
		t.Error(status, text)
	}
	res, err = p.Get(w.http.URL + "/nothing")
	w.must(err)
	if status, _ := p.text(res); status != 404 {
		t.Error(status)
	}
	if text := p.look(); !strings.Contains(text, "Enter the appliance's key first") {
		t.Error(text)
	}
}
