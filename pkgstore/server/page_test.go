// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"understudy/pkgstore/checkin"
	"understudy/pkgstore/pack"
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
	p.piece(base332, 0, 1000)
	w.restart()
	w.clock.pass(25 * time.Hour)
	if text := p.look(); strings.Contains(text, "Download Base Software 3.3.2") {
		t.Errorf("a day later: %q", text)
	}
	if status, text := p.download(base332, 1000, -1); status != 410 || !strings.Contains(string(text), "cannot be resumed any more") {
		t.Errorf("%d: %s", status, text)
	}
}

// piece fetches bytes [from, to) of an offline file; whole is how long it is.
func (p *person) piece(name string, from, to int) (piece []byte, whole int) {
	p.Helper()
	req, err := http.NewRequestWithContext(p.Context(), "GET", p.http.URL+"/downloads/"+name, nil)
	p.must(err)
	req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, to-1))
	res, err := p.Do(req)
	p.must(err)
	defer res.Body.Close()
	if _, err := fmt.Sscanf(res.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-%d/%%d", from, to-1), &whole); res.StatusCode != 206 || err != nil {
		p.Fatal(res.Status, res.Header.Get("Content-Range"), err)
	}
	piece, err = io.ReadAll(res.Body)
	p.must(err)
	return piece, whole
}

// A download counts when all of its bytes are out, whichever came first, also
// over a restart of the server.
func TestDownloadInPieces(t *testing.T) {
	w := newWorld(t, false)
	b := w.box("US-1")
	b.mustCheck()
	p := w.person()
	p.paste(b.statement(checkin.Download, 0))
	_, whole := p.piece(base332, 4000, 5000)
	file := make([]byte, whole)
	for _, at := range [][2]int{{whole - 3000, whole}, {30000, whole - 3000}, {0, 10000}, {5000, 20000}, {20000, 30000}} {
		if text := p.look(); !strings.Contains(text, "Download Base Software 3.3.2") {
			t.Fatalf("gone before bytes %v: %q", at, text)
		}
		piece, _ := p.piece(base332, at[0], at[1])
		copy(file[at[0]:], piece)
		w.restart() // which waits until what was served is noted
	}
	if text := p.look(); strings.Contains(text, "Download Base Software 3.3.2") {
		t.Errorf("all of it is out, and it is there still: %q", text)
	}
	if status, text := p.download(base332, 0, -1); status != 410 || !strings.Contains(string(text), "was downloaded before") {
		t.Errorf("%d: %s", status, text)
	}
	_, pkg, err := trust.OpenOffline(bytes.NewReader(file), b.state, w.clock.get(), false)
	w.must(err)
	if _, err := io.Copy(io.Discard, pkg); err != nil {
		t.Error(err)
	}
	list, err := w.server.Downloads(t.Context())
	if err != nil || len(list) != 1 || list[0].State != "done" || list[0].Served != int64(whole) || list[0].Size != int64(whole) {
		t.Errorf("%+v, %v", list, err)
	}
}

// Who only asks what a download would be begins none.
func TestHeadBeginsNothing(t *testing.T) {
	w := newWorld(t, false)
	b := w.box("US-1")
	b.mustCheck()
	p := w.person()
	p.paste(b.statement(checkin.Download, 0))
	head := func(name string) *http.Response {
		res, err := p.Head(p.http.URL + "/downloads/" + name)
		w.must(err)
		w.must(res.Body.Close())
		return res
	}
	if res := head(base332); res.StatusCode != 200 || !strings.Contains(res.Header.Get("Content-Disposition"), base332) {
		t.Error(res.Status, res.Header)
	}
	if res := head("base-9.9.9-1.pkg"); res.StatusCode != 404 {
		t.Error(res.Status)
	}
	if list, err := w.server.Downloads(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("begun: %+v, %v", list, err)
	}
	if status, raw := p.download(base332, 0, -1); status != 200 || len(raw) < 1<<16 {
		t.Error(status, len(raw))
	}
	w.restart()
	if res := head(base332); res.StatusCode != 410 {
		t.Error("after the download:", res.Status)
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
	w.clock.pass(time.Second) // a key from before the move is refused
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
	if status, text := w.person().paste(key); status != 409 || !strings.Contains(text, "Ask Support for a new one") || strings.Contains(text, "Make a new one") {
		t.Error("twice:", status, text) // such an appliance makes none
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
	if text := p.look(); !strings.Contains(text, "Enter the Appliance Download Key first") {
		t.Error(text)
	}
}

// Who leaves while his file is made finds it when he comes back, and no second
// one is made for him.
func TestLeavingWhileTheFileIsMade(t *testing.T) {
	w := newWorld(t, false)
	b := w.box("US-1")
	b.mustCheck()
	p := w.person()
	p.paste(b.statement(checkin.Download, 0))
	h, err := w.server.Handler(slog.New(slog.NewTextHandler(w.Output(), nil)))
	w.must(err)
	offline := filepath.Join(w.config.Data, "offline")
	at, err := url.Parse(w.http.URL)
	w.must(err)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	w.clock.watch(func() { // it is asked for the time once the file is there
		if list, _ := os.ReadDir(offline); len(list) > 0 {
			leave()
		}
	})
	r := httptest.NewRequestWithContext(ctx, "GET", "/downloads/"+base332, nil)
	for _, c := range p.Jar.Cookies(at) {
		r.AddCookie(c)
	}
	h.ServeHTTP(httptest.NewRecorder(), r)
	w.clock.watch(nil)
	if ctx.Err() == nil {
		t.Fatal("the file was never there")
	}
	if status, _ := p.download(base332, 0, -1); status != 200 {
		t.Error(status)
	}
	if list, err := os.ReadDir(offline); err != nil || len(list) != 1 {
		t.Errorf("%d files of one download, %v", len(list), err)
	}
}

// Whose time on the page is over is told what he can do there.
func TestTheTimeOfAKeyEnds(t *testing.T) {
	w := newWorld(t, false)
	b := w.box("US-1")
	b.mustCheck()
	p := w.person()
	p.paste(b.statement(checkin.Download, 0))
	w.clock.pass(7*24*time.Hour + time.Second)
	if text := p.look(); !strings.Contains(text, "Enter a new Appliance Download Key") || strings.Contains(text, "Check for updates") {
		t.Error(text)
	}
	res, err := p.Get(w.http.URL + "/downloads/" + base332)
	w.must(err)
	if status, text := p.text(res); status != 401 || !strings.Contains(text, "Enter a new Appliance Download Key") {
		t.Error(status, text)
	}
}

// What fails on this side is not said to be the fault of who asks.
func TestASessionThatCannotBeRead(t *testing.T) {
	w := newWorld(t, false)
	b := w.box("US-1")
	b.mustCheck()
	p := w.person()
	p.paste(b.statement(checkin.Download, 0))
	db, err := sql.Open("sqlite3", filepath.Join(w.config.Data, "server.db"))
	w.must(err)
	defer db.Close()
	_, err = db.Exec(`DROP TABLE session`)
	w.must(err)
	if res := b.get(b.admission.Metadata + "timestamp.json"); res.StatusCode != 500 {
		t.Error(res.Status)
	}
	if text := p.look(); !strings.Contains(text, "Try again later") {
		t.Error(text)
	}
}

// Of a download that is out, what may have been lost on the wire can be had
// again, and not the whole by another name.
func TestWhatIsOutIsNotHadWholeAgain(t *testing.T) {
	w := newWorld(t, false)
	b := w.box("US-1")
	b.mustCheck()
	p := w.person()
	p.paste(b.statement(checkin.Download, 0))
	if status, _ := p.download(base332, 0, -1); status != 200 {
		t.Fatal(status)
	}
	w.restart() // which waits until what was served is noted
	for _, header := range [][2]string{
		{"bytes=00-", ""}, {"bytes= 0-", ""}, {"bytes=+0-", ""}, {"bytes=-99999999", ""}, {"bytes=0-", ""}, {"bytes=5-,0-", ""}, {"pages=5-", ""}, {"bytes=5-", `"another file"`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", w.http.URL+"/downloads/"+base332, nil)
		w.must(err)
		req.Header.Set("Range", header[0])
		if header[1] != "" {
			req.Header.Set("If-Range", header[1])
		}
		res, err := p.Do(req)
		w.must(err)
		w.must(res.Body.Close())
		if res.StatusCode != 410 {
			t.Errorf("%q: %s", header, res.Status)
		}
	}
	if status, _ := p.download(base332, 5, -1); status != 206 {
		t.Error("the rest cannot be had:", status)
	}
}

// The page lists updates in the order in which they are installed. What has to
// wait has a lesser button, and is said to be had once only.
func TestListInTheOrderOfInstallation(t *testing.T) {
	w := newWorldWith(t, false, 1_100_000)
	b := w.box("US-1")
	b.installed = append(b.installed, pack.Release{Kind: pack.Site, Version: "12.1.4", Tree: 1})
	b.mustCheck()
	support, err := w.server.SupportKey(t.Context(), "US-2") // which was never heard of
	w.must(err)
	for name, key := range map[string]string{"known": b.statement(checkin.Download, 0), "never heard of": support} {
		t.Run(name, func(t *testing.T) {
			p := w.person()
			if status, text := p.paste(key); status != 200 {
				t.Fatal(status, text)
			}
			res, err := p.Get(w.http.URL + "/downloads")
			w.must(err)
			defer res.Body.Close()
			raw, err := io.ReadAll(res.Body)
			w.must(err)
			page, at := string(raw), 0
			for _, title := range []string{"1. Base Software 3.3.2", "2. Bomgar-12.2.0", "3. Base Software 4.2.1"} {
				next := strings.Index(page, title)
				if next < at {
					t.Errorf("%s stands elsewhere: %s", title, page)
				}
				at = next
			}
			for _, want := range []string{"Serial Number", "Key. Asking Support for it is no longer necessary.\n- Required", `data-label="Size">1.1 MB<`, `<a class="button primary" href="/downloads/base-3.3.2-1.pkg"`} {
				if !strings.Contains(page, want) {
					t.Errorf("no %s: %s", want, page)
				}
			}
			later := `<a class="plain" href="/downloads/base-4.2.1-1.pkg"`
			if strings.Contains(page, later) != (name == "known") || strings.Contains(page, "It can be downloaded once only") != (name == "known") {
				t.Errorf("what has to wait: %s", page)
			}
			if name == "known" && !strings.Contains(page, "Host Name") {
				t.Error("no host name")
			}
		})
	}
}
