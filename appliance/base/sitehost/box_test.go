// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/appliance/base/sitehost/sitehosttest"
	"understudy/appliance/basectl"
	"understudy/pkgstore/pack"
)

// patience is how long a test waits for what must come: only a failure needs it.
const patience = 5 * time.Minute

// sited is the real site software.
var sited = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sited")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "sited")
	if out, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", path, "understudy/appliance/cmd/sited").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return os.ReadFile(path)
})

// made are the packages of this run: packing the real program takes its time.
var made sync.Map

// packaged is a site package with the real program, or with another one.
func packaged(t *testing.T, version, program string) *pack.Package {
	t.Helper()
	if p, ok := made.Load(version + program); ok {
		return p.(*pack.Package)
	}
	b := []byte(program)
	if program == "" {
		var err error
		if b, err = sited(); err != nil {
			t.Fatal(err)
		}
	}
	s := pack.Summary{Format: 1, Product: pack.Product, Architecture: "amd64", Release: pack.Release{Kind: pack.Site, Version: version, Tree: 7},
		Name: "Bomgar-" + version, Build: version + "-7", Built: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		Customer: &pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 25, Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}}
	var out bytes.Buffer
	if _, _, err := pack.Write(&out, s, map[pack.Role]pack.Source{pack.Program: pack.Bytes(b), pack.EULA: pack.Bytes([]byte("Be kind."))}); err != nil {
		t.Fatal(err)
	}
	p, err := pack.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	made.Store(version+program, p)
	return p
}

// box is a host and what runs its programs.
type box struct {
	*Host
	t        *testing.T
	programs *sitehosttest.Processes
	facts    basectl.Facts
	failed   []error
}

func newBox(t *testing.T) *box {
	t.Helper()
	dir, err := os.MkdirTemp("", "box") // the name of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	b := &box{t: t, facts: basectl.Facts{Hostname: "box.example.com", Zone: "UTC", Serial: "S1"},
		programs: &sitehosttest.Processes{State: filepath.Join(dir, "state"), Run: filepath.Join(dir, "run"), Out: os.Stderr}}
	t.Cleanup(func() { b.programs.KillAll(); os.RemoveAll(dir) })
	b.restart()
	return b
}

// restart is a crash of this program: the site goes on.
func (b *box) restart() {
	b.t.Helper()
	var err error
	b.Host, err = New(Config{State: b.programs.State, Run: b.programs.Run, User: -1, Programs: b.programs, Now: time.Now,
		Facts: func() basectl.Facts { return b.facts }, Failed: func(err error) { b.failed = append(b.failed, err) }, Ready: patience})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.Start(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// progress keeps what a task would show.
type progress struct {
	phases []int
	at     func(phase int) // called when a phase begins
	log    []string
}

func (p *progress) Phase(i int) {
	p.phases = append(p.phases, i)
	if p.at != nil {
		p.at(i)
	}
}

func (p *progress) Percent(int)                 {}
func (p *progress) Log(format string, a ...any) { p.log = append(p.log, fmt.Sprintf(format, a...)) }

func (b *box) install(p Package) error { return b.Install(b.t.Context(), p, &progress{}) }

func (b *box) mustInstall(p Package) {
	b.t.Helper()
	if err := b.install(p); err != nil {
		b.t.Fatal(err)
	}
}

// runs fails unless this version is installed, serves and takes writes.
func (b *box) runs(version string) {
	b.t.Helper()
	if s, ok := b.Current(); !ok || s.Version != version {
		b.t.Errorf("installed is %q, want %q", s.Version, version)
	}
	c := b.browser()
	if page := c.get("/login/status/information"); !strings.Contains(page, ">"+version+"<") || !strings.Contains(page, "S1") {
		b.t.Errorf("the page does not show %s: %s", version, page)
	}
	if got := c.post("/login/my-account/name", "display-name", "last "+version+fmt.Sprint(time.Now().UnixNano())); got != http.StatusSeeOther {
		b.t.Errorf("a write gets %d", got)
	}
	for _, dir := range []string{b.programs.State, b.programs.Run} {
		if _, err := os.Stat(filepath.Join(dir, other(b.current.Load().Generation))); !errors.Is(err, os.ErrNotExist) {
			b.t.Errorf("something of the other generation is left in %s (%v)", dir, err)
		}
	}
}

const password = "a lighthouse in the fog"

// browser is signed in at whatever site serves.
type browser struct {
	t *testing.T
	*sitehosttest.Browser
}

func (b *box) browser() *browser {
	b.t.Helper()
	c := b.stranger()
	if err := c.SignIn(password); err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *box) stranger() *browser {
	b.t.Helper()
	return &browser{b.t, sitehosttest.NewBrowser(b.Dial)}
}

func (c *browser) get(path string) string {
	c.t.Helper()
	page, err := c.Get(path)
	if err != nil {
		c.t.Fatal(err)
	}
	return page
}

// post sends a form; 0 if there is no answer.
func (c *browser) post(path string, fields ...string) int { return c.Post(path, fields...) }
