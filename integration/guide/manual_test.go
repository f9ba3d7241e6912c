// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/integration/box"
)

// manual is the manual chapter: somebody at the box, somebody at a machine that
// reaches the update server, and somebody who uses the site.
type manual struct {
	b                  *box.Box
	p, elsewhere, user *reader
	dir                string // of what was downloaded
	key                string
}

// signIn signs in for the first time, with the change of password.
func (m *manual) signIn(r *reader, path string) {
	r.t.Helper()
	r.open(path)
	r.fill("Username", box.Admin)
	r.fill("Password", box.FirstPassword)
	r.press("Sign In")
	r.fill("Current Password", box.FirstPassword)
	r.fill("New Password", box.Password)
	r.fill("New Password Again", box.Password)
	r.press("Change Password")
}

func (m *manual) makeKey() {
	m.p.t.Helper()
	m.p.open("/appliance/updates")
	m.p.confirm("Appliance Download Key", box.Password)
	text, err := m.p.tab.Text(m.p.t.Context())
	m.p.do(err)
	for _, word := range strings.Fields(text) {
		if strings.HasPrefix(word, "USK1-") {
			m.key = word
			return
		}
	}
	m.p.t.Fatalf("no key is shown: %s", text)
}

func (m *manual) enterKey() {
	m.elsewhere.t.Helper()
	m.elsewhere.open("/")
	m.elsewhere.fill("Appliance Download Key", m.key)
	m.elsewhere.press("Show Available Updates")
}

// download saves an update that the server's page lists.
func (m *manual) download(name string) string {
	m.elsewhere.t.Helper()
	m.elsewhere.open("/downloads")
	return m.elsewhere.save("Download "+name, m.dir)
}

func (m *manual) upload(file string) {
	m.p.t.Helper()
	m.p.open("/appliance/updates")
	m.p.attach("Update File", file)
	m.p.press("Update Software")
}

// install presses the button and follows the page of the task, which follows
// the task by itself, to its end.
func (m *manual) install(name string) {
	m.p.t.Helper()
	m.p.confirm("Install This Update", box.Password)
	if at := m.p.at(); !strings.HasPrefix(at, "/appliance/status/tasks/") {
		m.p.see("a task is shown")
	}
	m.p.await("the end of the update", m.b.Scale(2*time.Minute), func() bool { return m.p.shows(name+" is installed.") || m.p.shows("Failed") }, nil)
	m.p.see(name + " is installed.")
}

// informed reads what the site says of itself.
func (m *manual) informed(version string) {
	m.user.t.Helper()
	m.user.open("/login/status/information")
	m.user.see("Product Version "+version, "Product Build "+version, "support.example.com", "Licenses 25", "License Expiration Never")
}

// damagedCopy is a copy of a file with one byte changed in its last quarter.
func damagedCopy(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)*3/4] ^= 1
	damaged := filepath.Join(t.TempDir(), "damaged.update")
	if err := os.WriteFile(damaged, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return damaged
}

// siteWatch asks the site again and again while another takes its place.
type siteWatch struct {
	stop, ended chan struct{}
	answers     int
	away        int // answers that it is under maintenance
	bad         []string
}

func watchSite(t *testing.T, b *box.Box) *siteWatch {
	t.Helper()
	w := &siteWatch{stop: make(chan struct{}), ended: make(chan struct{})}
	client, url := b.Client(), b.URL(443)+"/login/sign-in"
	go func() {
		defer close(w.ended)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-w.stop:
				return
			case <-tick.C:
				w.ask(client, url)
			}
		}
	}()
	return w
}

func (w *siteWatch) ask(client *http.Client, url string) {
	res, err := client.Get(url)
	if err != nil {
		w.bad = append(w.bad, err.Error())
		return
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	w.answers++
	switch text := string(page); {
	case err != nil:
		w.bad = append(w.bad, err.Error())
	case res.StatusCode == http.StatusOK:
	case res.StatusCode == http.StatusServiceUnavailable && strings.Contains(text, "under maintenance") && strings.Contains(text, "Install Bomgar-") && res.Header.Get("Retry-After") != "":
		w.away++
	default:
		w.bad = append(w.bad, res.Status+" "+text)
	}
}

// isWell ends the watch: every answer was the site's own, or the page that names
// the task which keeps it away.
func (w *siteWatch) isWell(t *testing.T) {
	t.Helper()
	close(w.stop)
	<-w.ended
	t.Logf("%d answers, of which %d said that the site is under maintenance", w.answers, w.away)
	if w.answers < 3 { // each may take seconds beside the install
		t.Errorf("the site answered only %d times", w.answers)
	}
	for _, text := range w.bad {
		t.Errorf("the site answered: %s", text)
	}
}
