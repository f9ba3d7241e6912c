// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/basectl"
	"understudy/appliance/site/schema"
	"understudy/pkgstore/pack"
)

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
	programs *processes
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
		programs: &processes{state: filepath.Join(dir, "state"), run: filepath.Join(dir, "run"), out: os.Stderr, runs: map[string]*process{}}}
	t.Cleanup(func() { b.programs.killAll(); os.RemoveAll(dir) })
	b.restart()
	return b
}

// restart is a crash of this program: the site goes on.
func (b *box) restart() {
	b.t.Helper()
	var err error
	b.Host, err = New(Config{State: b.programs.state, Run: b.programs.run, User: -1, Programs: b.programs, Now: time.Now,
		Facts: func() basectl.Facts { return b.facts }, Failed: func(err error) { b.failed = append(b.failed, err) }, Ready: 20 * time.Second})
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
	for _, dir := range []string{b.programs.state, b.programs.run} {
		if _, err := os.Stat(filepath.Join(dir, other(b.current.Load().Generation))); !errors.Is(err, os.ErrNotExist) {
			b.t.Errorf("something of the other generation is left in %s (%v)", dir, err)
		}
	}
}

const password = "a lighthouse in the fog"

// browser is signed in at whatever site serves. It makes a connection for each
// request, as what is reused is the front door's matter.
type browser struct {
	t      *testing.T
	client *http.Client
}

func (b *box) browser() *browser {
	b.t.Helper()
	c := b.stranger()
	if c.post("/login/sign-in", "username", "admin", "password", password) != http.StatusSeeOther {
		c.post("/login/sign-in", "username", "admin", "password", "password")
		if got := c.post("/login/change-password", "old", "password", "new", password, "again", password); got != http.StatusSeeOther {
			b.t.Fatalf("changing the password: %d", got)
		}
	}
	return c
}

func (b *box) stranger() *browser {
	b.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return &browser{b.t, &http.Client{
		Jar: insecure{jar}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{MaxIdleConnsPerHost: -1, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return b.Dial(ctx) }},
	}}
}

// insecure sends secure cookies though there is no TLS behind the front door.
type insecure struct{ http.CookieJar }

func (j insecure) SetCookies(u *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		c.Secure = false
	}
	j.CookieJar.SetCookies(u, cookies)
}

func (c *browser) get(path string) string {
	c.t.Helper()
	res, err := c.client.Get("http://site" + path)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(body)
}

// post sends a form. Being led to the sign-in is no success.
func (c *browser) post(path string, fields ...string) int {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	res, err := c.client.PostForm("http://site"+path, form)
	if err != nil {
		return 0
	}
	res.Body.Close()
	if strings.HasPrefix(res.Header.Get("Location"), "/login/sign-in") {
		return http.StatusUnauthorized
	}
	return res.StatusCode
}

func TestFirstSiteAndItsSuccessors(t *testing.T) {
	b := newBox(t)
	if _, ok := b.Current(); ok || b.Instance() != "" {
		t.Error("a new box has a site")
	}
	if _, err := b.Dial(t.Context()); err == nil {
		t.Error("a site that does not exist was connected to")
	}
	names := map[string]bool{}
	for _, version := range []string{"12.1.4", "12.2.0", "14.2.1"} {
		b.mustInstall(packaged(t, version, ""))
		b.runs(version)
		names[b.Instance()] = true
	}
	if len(names) != 3 {
		t.Errorf("three sites in a row are called %v", names)
	}
}

// The writer's view of a switch: whatever was acknowledged is there afterwards,
// and whoever only looks sees no gap.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	b := newBox(t)
	b.mustInstall(packaged(t, "12.1.4", ""))
	writer, reader := b.browser(), b.stranger()
	next := packaged(t, "12.2.0", "")

	stop := make(chan struct{})
	var acknowledged []string
	acks := make(chan struct{}, 100_000)
	var refused, ended, gaps int
	var all sync.WaitGroup
	all.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
			name := fmt.Sprintf("writer %d", i)
			switch got := writer.post("/login/my-account/name", "display-name", name); got {
			case http.StatusSeeOther:
				acknowledged = append(acknowledged, name)
				acks <- struct{}{}
			case http.StatusServiceUnavailable:
				refused++
			case http.StatusUnauthorized: // the update has ended the session
				ended++
				if got := writer.post("/login/sign-in", "username", "admin", "password", password); got != http.StatusSeeOther {
					t.Errorf("signing in again: %d", got)
				}
			default:
				t.Errorf("write %d: %d", i, got)
			}
		}
	})
	all.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
			res, err := reader.client.Get("http://site/")
			if err != nil || res.StatusCode != http.StatusOK {
				gaps++
			}
			if err == nil {
				res.Body.Close()
			}
		}
	})
	err := b.install(next)
	for range len(acks) + 10 { // some of them on the new one
		<-acks
	}
	close(stop)
	all.Wait()
	if err != nil {
		t.Fatal(err)
	}
	b.runs("12.2.0")
	if gaps != 0 {
		t.Errorf("a page could not be read %d times", gaps)
	}
	if len(acknowledged) == 0 || refused == 0 || ended != 1 {
		t.Errorf("%d writes were acknowledged, %d refused, the session ended %d times: the test has seen nothing", len(acknowledged), refused, ended)
	}
	there := b.written()
	for _, name := range acknowledged {
		if !slices.Contains(there, name) {
			t.Errorf("%q was acknowledged and is lost", name)
		}
	}
}

// written lists the display names in the audit log, once the site has ended.
func (b *box) written() []string {
	b.t.Helper()
	g := b.current.Load().Generation
	if err := b.end(b.t.Context(), g); err != nil {
		b.t.Fatal(err)
	}
	db, err := schema.Open(b.t.Context(), b.state(g, "data"))
	if err != nil {
		b.t.Fatal(err)
	}
	defer db.Close()
	var names []string
	var before int64
	for {
		events, err := audit.New(db, time.Now).List(b.t.Context(), audit.Filter{Action: "user.edit", Before: before})
		if err != nil {
			b.t.Fatal(err)
		}
		if len(events) == 0 {
			return names
		}
		for _, e := range events {
			names = append(names, strings.TrimPrefix(e.Detail, "display name "))
			before = e.Seq
		}
	}
}

const migrates = "#!/bin/sh\n[ \"$1\" = -migrate-only ] && exit 0\n"

func TestBadSiteGivesTheOldOneBack(t *testing.T) {
	for _, c := range []struct{ name, program, want string }{
		{"crashes", migrates + "exit 3\n", "exit status 3"},
		{"is never ready", migrates + "exec sleep 600\n", "not ready within"},
		{"fails its migration", "#!/bin/sh\nexit 1\n", "could not migrate"},
		{"is no program", "What is this?", "exec format error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBox(t)
			b.config.Ready = time.Second
			b.mustInstall(packaged(t, "12.1.4", ""))
			before := b.browser()
			before.post("/login/my-account/name", "display-name", "from before")
			instance := b.Instance()
			err := b.install(packaged(t, "12.2.0", c.program))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "Bomgar-12.2.0") {
				t.Errorf("%v, want %q", err, c.want)
			}
			if b.Instance() != instance {
				t.Error("the door was moved")
			}
			if !strings.Contains(before.get("/login/my-account"), "from before") {
				t.Error("what was written before is gone")
			}
			b.runs("12.1.4")
			b.mustInstall(packaged(t, "12.2.0", "")) // the good one can follow
			b.runs("12.2.0")
		})
	}
}

func TestBadFirstSiteLeavesNothing(t *testing.T) {
	b := newBox(t)
	b.config.Ready = time.Second
	if err := b.install(packaged(t, "12.1.4", migrates+"exit 3\n")); err == nil {
		t.Fatal("installed")
	}
	for _, dir := range []string{b.programs.state, b.programs.run} {
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("left in %s: %v", dir, left)
		}
	}
	b.mustInstall(packaged(t, "12.1.4", ""))
	b.runs("12.1.4")
}

// A walk over the table: whichever step is the last that begins, the old site
// is the one that counts, until the last.
func TestEveryStepCanBeTakenBack(t *testing.T) {
	for at := range steps {
		t.Run(steps[at].name, func(t *testing.T) {
			b := newBox(t)
			b.mustInstall(packaged(t, "12.1.4", ""))
			ctx, cancel := context.WithCancel(t.Context())
			p := &progress{at: func(phase int) {
				if phase == at {
					cancel()
				}
			}}
			if err := b.Install(ctx, packaged(t, "12.2.0", ""), p); !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
			b.runs("12.1.4")
		})
	}
}

func TestSiteOutlivesACrashOfTheBase(t *testing.T) {
	b := newBox(t)
	b.mustInstall(packaged(t, "12.1.4", ""))
	// The crash comes in the middle of an installation.
	if err := b.client.ReadOnly(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.unpack(t.Context(), packaged(t, "12.2.0", ""), "b"); err != nil {
		t.Fatal(err)
	}
	asked := len(b.programs.log)
	b.restart()
	if slices.Contains(b.programs.log[asked:], "run a") {
		t.Error("a running site was started again")
	}
	b.runs("12.1.4")
}

func TestStartAfterAPowerCut(t *testing.T) {
	b := newBox(t)
	b.mustInstall(packaged(t, "12.1.4", ""))
	b.programs.kill(t, "a")
	if w := b.Check().Run(t.Context()); w == nil || !strings.Contains(w.Text, "Bomgar-12.1.4") {
		t.Errorf("a dead site is no problem: %+v", w)
	}
	if err := os.RemoveAll(b.programs.run); err != nil {
		t.Fatal(err)
	}
	b.restart()
	b.runs("12.1.4")
	if w := b.Check().Run(t.Context()); w != nil {
		t.Error(w)
	}
}

func TestDamagedProgramDoesNotRun(t *testing.T) {
	b := newBox(t)
	b.mustInstall(packaged(t, "12.1.4", ""))
	b.browser().post("/login/my-account/name", "display-name", "from before")
	b.programs.kill(t, "a")
	f, err := os.OpenFile(b.state("a", "program"), os.O_RDWR, 0)
	if err == nil {
		_, err = f.WriteAt([]byte("x"), 100_000)
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	asked := len(b.programs.log)
	ctx, cancel := context.WithCancel(t.Context())
	b.config.Failed = func(err error) {
		if !strings.Contains(err.Error(), "damaged") {
			t.Error(err)
		}
		cancel()
	}
	if err := b.Run(ctx); err != nil { // it goes on with what it can
		t.Error(err)
	}
	if w := b.Check().Run(t.Context()); w == nil || !strings.Contains(w.Text, "damaged") {
		t.Errorf("health says %+v", w)
	}
	if slices.Contains(b.programs.log[asked:], "run a") {
		t.Error("it was run")
	}
	// The same package again mends it, with all that was stored.
	b.mustInstall(packaged(t, "12.1.4", ""))
	if !strings.Contains(b.browser().get("/login/my-account"), "from before") {
		t.Error("what was stored is gone")
	}
	b.runs("12.1.4")
}

func TestCrashedSiteIsToldTheFactsAgain(t *testing.T) {
	b := newBox(t)
	b.mustInstall(packaged(t, "12.1.4", ""))
	b.programs.kill(t, "a")
	if err := b.programs.RunSite(t.Context(), "a"); err != nil { // as the supervisor does
		t.Fatal(err)
	}
	for b.attend(t.Context()); b.client == nil; {
		b.attend(t.Context()) // until the program listens
	}
	b.runs("12.1.4")
	b.facts.Serial = "S1-new"
	b.attend(t.Context())
	if page := b.browser().get("/login/status/information"); !strings.Contains(page, "S1-new") {
		t.Error("a change of the facts is not told")
	}
}

func TestLicensesChangeWithoutARestart(t *testing.T) {
	b := newBox(t)
	add := pack.Summary{Release: pack.Release{Kind: pack.License, Version: "1", Tree: 1}, Name: "25 more licenses",
		Customer: &pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 50, Expires: time.Date(2028, 2, 3, 0, 0, 0, 0, time.UTC)}}
	if err := b.License(t.Context(), add); !errors.Is(err, ErrNoSite) {
		t.Errorf("without a site: %v", err)
	}
	b.mustInstall(packaged(t, "12.1.4", ""))
	instance := b.Instance()
	if err := b.License(t.Context(), add); err != nil {
		t.Fatal(err)
	}
	if page := b.browser().get("/login/status/information"); !strings.Contains(page, "<dd>50</dd>") || !strings.Contains(page, "3 Feb 2028") {
		t.Error(page)
	}
	if b.Instance() != instance {
		t.Error("the site was restarted")
	}
	foreign := add
	foreign.Customer = &pack.Customer{ID: "c2", Hostname: "other.example.com"}
	if err := b.License(t.Context(), foreign); err == nil || !strings.Contains(err.Error(), "other.example.com") {
		t.Errorf("another customer's: %v", err)
	}
	b.restart()
	if s, _ := b.Current(); s.Customer.Licenses != 50 {
		t.Errorf("after a restart: %+v", s.Customer)
	}
}

func TestOneInstallationAtATime(t *testing.T) {
	b := newBox(t)
	p := &progress{at: func(int) {
		if err := b.install(packaged(t, "12.2.0", "")); !errors.Is(err, ErrBusy) {
			t.Errorf("a second one: %v", err)
		}
	}}
	if err := b.Install(t.Context(), packaged(t, "12.1.4", ""), p); err != nil {
		t.Fatal(err)
	}
	b.runs("12.1.4")
}

// A site that was taken over must not be given what is not its own.
func TestFilesInTheDatabasesPlace(t *testing.T) {
	b := newBox(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(b.state("a", "data"), 0o700), os.MkdirAll(b.state("b", "data"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for name, place := range map[string]func(string) error{
		"symbolic link": func(at string) error { return os.Symlink(secret, at) },
		"hard link":     func(at string) error { return os.Link(secret, at) },
		"directory":     func(at string) error { return os.Mkdir(at, 0o700) },
	} {
		at := b.state("a", "data", "site.db")
		if err := place(at); err != nil {
			t.Fatal(err)
		}
		if err := b.copyAtRest("a", "b"); err == nil {
			t.Errorf("a %s was copied", name)
		}
		if err := os.Remove(at); err != nil {
			t.Fatal(err)
		}
	}
}
