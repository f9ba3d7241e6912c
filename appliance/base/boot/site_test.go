// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// playSite is a program of the site of one kind or another.
func playSite(role string) int {
	switch role {
	case "site":
		told := make(chan os.Signal, 1)
		signal.Notify(told, unix.SIGTERM)
		status, _ := os.ReadFile("/proc/self/status")
		for line := range strings.Lines(string(status)) {
			if strings.HasPrefix(line, "NoNewPrivs:") {
				fmt.Print(line)
			}
		}
		fmt.Printf("environment %q\n", os.Environ())
		fmt.Println("up")
		<-told
		return 0
	case "site noise":
		for i := range 10 * siteLines {
			fmt.Println("line", i, strings.Repeat("x", 10_000))
		}
	}
	return 0
}

// keeping is a keeper whose programs are this test program, and what it says.
func keeping(t *testing.T, role string) (*siteKeeper, chan string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 10_000)
	k := newSiteKeeper(newSupervisor(Options{}))
	k.user, k.procs = nil, children
	k.args = func(string, bool) []string { return []string{self, "role=" + role} }
	k.say = func(format string, args ...any) { said <- clipText(fmt.Sprintf(format, args...)) }
	t.Cleanup(k.stopAll)
	return k, said
}

func TestSiteRunsBareUntilItIsTold(t *testing.T) {
	k, said := keeping(t, "site")
	if err := k.run("a", false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"site a: NoNewPrivs: 1", "site a: environment []", "site a: up"} {
		if got := <-said; got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	}
	if err := k.run("a", false); !errors.Is(err, errStillRuns) {
		t.Errorf("started twice: %v", err)
	}
	if err := k.run("b", false); err != nil { // beside the other
		t.Error(err)
	}
	if got := k.status("a"); got != (SiteProcess{Running: true}) {
		t.Errorf("%+v", got)
	}
	k.stop("a")
	<-k.runs["a"].ended
	if got := k.status("a"); got != (SiteProcess{Ended: "exit status 0", OK: true}) {
		t.Errorf("%+v", got)
	}
	if !k.status("b").Running {
		t.Error("the other generation was stopped too")
	}
	if err := k.run("a", false); err != nil {
		t.Errorf("starting it again: %v", err)
	}
}

func TestSiteThatDiesAgainAndAgainStaysDown(t *testing.T) {
	k, said := keeping(t, "die")
	if err := k.run("a", false); err != nil {
		t.Fatal(err)
	}
	<-k.runs["a"].ended
	if got := k.status("a"); got != (SiteProcess{Crashes: crashLimit, Ended: "exit status 3", GaveUp: true}) {
		t.Errorf("%+v", got)
	}
	var last string
	for len(said) > 0 {
		last = <-said
	}
	if !strings.Contains(last, "stays down") {
		t.Errorf("said at last %q", last)
	}
}

func TestMigrationEndsOnce(t *testing.T) {
	for role, want := range map[string]SiteProcess{
		"die":        {Ended: "exit status 3"},
		"site noise": {Ended: "exit status 0", OK: true},
	} {
		k, _ := keeping(t, role)
		if err := k.run("b", true); err != nil {
			t.Fatal(err)
		}
		<-k.runs["b"].ended
		if got := k.status("b"); got != want {
			t.Errorf("%s: %+v", role, got)
		}
	}
}

func TestSiteProgramThatDoesNotExist(t *testing.T) {
	k, _ := keeping(t, "")
	k.args = func(string, bool) []string { return []string{filepath.Join(t.TempDir(), "sited")} }
	if err := k.run("a", true); err != nil {
		t.Fatal(err)
	}
	<-k.runs["a"].ended
	if got := k.status("a"); got.OK || got.Running || !strings.Contains(got.Ended, "no such file") {
		t.Errorf("%+v", got)
	}
}

func TestNoisySiteDoesNotFillTheConsole(t *testing.T) {
	k, said := keeping(t, "")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan struct{})
	go func() { k.hear(r, "a"); close(heard) }()
	for range 10 * siteLines {
		fmt.Fprintln(w, "line", strings.Repeat("x", 200))
	}
	w.Close()
	<-heard
	if n := len(said); n != siteLines {
		t.Errorf("%d lines on the console", n)
	}
}

func TestStoppingMachineEndsTheSite(t *testing.T) {
	s, down := supervised(t, "off")
	k, _ := keeping(t, "site")
	s.sites = k
	if err := s.runSite("a", false); err != nil {
		t.Fatal(err)
	}
	if err := s.watch(context.Background()); err != nil {
		t.Fatal(err)
	}
	<-down
	if s.siteStatus("a").Running {
		t.Error("the site outlives the machine")
	}
	if err := s.runSite("b", false); !errors.Is(err, errStopping) {
		t.Errorf("a site is started on a machine that stops: %v", err)
	}
}

// The command line is fixed but for the generation.
func TestSiteArgs(t *testing.T) {
	want := []string{"/run/understudy/site/b/sited", "-data", "/state/site/b/data", "-listen", "/run/understudy/site/b/sock/http",
		"-control", "/run/understudy/site/b/sock/control", "-summary", "/run/understudy/site/b/summary.json"}
	if got := siteArgs("b", false); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := siteArgs("a", true); !slices.Equal(got, []string{"/run/understudy/site/a/sited", "-migrate-only", "/state/site/a/data"}) {
		t.Errorf("%q", got)
	}
	if u := newSiteKeeper(newSupervisor(Options{})).user; u.Uid != SiteUser || u.Gid != SiteUser || len(u.Groups) != 0 || u.NoSetGroups {
		t.Errorf("runs as %+v", u)
	}
}

func TestLinkAboutTheSite(t *testing.T) {
	ctx := context.Background()
	o := &orders{}
	conn, _ := linked(t, o)
	l, err := newLink(conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.RunSite(ctx, "a"), l.MigrateSite(ctx, "b"), l.StopSite(ctx, "a")); err != nil {
		t.Error(err)
	}
	if got, err := l.SiteStatus(ctx, "a"); err != nil || got != (SiteProcess{Running: true, Crashes: 2}) {
		t.Errorf("%+v, %v", got, err)
	}
	if l.RunSite(ctx, "c") == nil || l.StopSite(ctx, "") == nil {
		t.Error("a generation that does not exist was asked for")
	}
	if got := o.list(); !slices.Equal(got, []string{"run-site a false", "run-site b true", "stop-site a"}) {
		t.Errorf("the supervisor was asked: %q", got)
	}
}
