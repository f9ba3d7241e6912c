// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/basectl"
	"understudy/appliance/site/schema"
)

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

// The seed may be gone when the first site comes, and the site outlives both.
func TestFirstPasswordOutlivesTheSeed(t *testing.T) {
	const chosen = "chosen beforehand"
	hash, err := account.HashPassword(account.DefaultPolicy().Argon2, chosen)
	if err != nil {
		t.Fatal(err)
	}
	b := newBox(t)
	for range 2 { // as at every start that finds the seed
		if err := b.KeepFirstPassword(hash); err != nil {
			t.Fatal(err)
		}
	}
	b.restart()
	for _, version := range []string{"12.1.4", "12.2.0"} {
		b.mustInstall(packaged(t, version, ""))
		for password, want := range map[string]int{chosen: http.StatusSeeOther, "password": http.StatusUnprocessableEntity} {
			if got := b.stranger().post("/login/sign-in", "username", "admin", "password", password); got != want {
				t.Errorf("%s: signing in with %q gets %d, want %d", version, password, got, want)
			}
		}
	}
	for _, file := range []string{filepath.Join(b.config.State, basectl.FirstPasswordName), b.run("b", basectl.FirstPasswordName)} {
		if s, err := os.Stat(file); err != nil || s.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is not its owner's alone (%v)", file, err)
		}
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
	stopped := make(chan struct{}) // closed when a write was refused
	met := sync.OnceFunc(func() { close(stopped) })
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
				met()
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
			res, err := reader.Client.Get("http://site/")
			if err != nil || res.StatusCode != http.StatusOK {
				gaps++
			}
			if err == nil {
				res.Body.Close()
			}
		}
	})
	err := b.Install(t.Context(), next, &progress{at: func(phase int) {
		if Phases()[phase] == "Migrating the database" {
			select { // so that the writer has met the site that takes no changes
			case <-stopped:
			case <-time.After(patience):
			}
		}
	}})
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
	for _, c := range []struct {
		name, program, want string
		ready               time.Duration // 0: as long as any site
	}{
		{"crashes", migrates + "exit 3\n", "exit status 3", 0},
		{"is never ready", migrates + "exec sleep 600\n", "not ready within", time.Second},
		{"fails its migration", "#!/bin/sh\nexit 1\n", "could not migrate", 0},
		{"is no program", "What is this?", "exec format error", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBox(t)
			usual := b.config.Ready
			b.mustInstall(packaged(t, "12.1.4", ""))
			before := b.browser()
			before.post("/login/my-account/name", "display-name", "from before")
			instance := b.Instance()
			b.config.Ready = cmp.Or(c.ready, usual)
			err := b.install(packaged(t, "12.2.0", c.program))
			b.config.Ready = usual
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
	if err := b.install(packaged(t, "12.1.4", migrates+"exit 3\n")); err == nil {
		t.Fatal("installed")
	}
	for _, dir := range []string{b.programs.State, b.programs.Run} {
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

// Whoever looks at the site when an installation begins is waited for, unless the
// installation is cancelled meanwhile.
func TestALookIsNotInTheWay(t *testing.T) {
	b := newBox(t)
	b.busy.Lock()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Install(cancelled, packaged(t, "12.1.4", ""), &progress{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while it waits: %v", err)
	}
	installed := make(chan error, 1)
	go func() { installed <- b.install(packaged(t, "12.1.4", "")) }()
	select {
	case err := <-installed:
		t.Errorf("it did not wait: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	b.busy.Unlock()
	if err := <-installed; err != nil {
		t.Error(err)
	}
}

// What a site has stored is what a copy of it may take.
func TestStored(t *testing.T) {
	b := newBox(t)
	if n, err := b.Stored(); n != 0 || err != nil {
		t.Errorf("without a site: %d, %v", n, err)
	}
	b.mustInstall(packaged(t, "12.1.4", ""))
	b.browser() // has written something
	before, err := b.Stored()
	if err != nil || before == 0 {
		t.Fatalf("%d, %v", before, err)
	}
	var copied int64
	p := &progress{at: func(phase int) {
		if Phases()[phase] == "Migrating the database" {
			info, err := os.Stat(b.state("b", "data", "site.db"))
			if err != nil {
				t.Fatal(err)
			}
			copied = info.Size()
		}
	}}
	if err := b.Install(t.Context(), packaged(t, "12.2.0", ""), p); err != nil {
		t.Fatal(err)
	}
	if copied == 0 || copied > before {
		t.Errorf("the copy of %d bytes takes %d", before, copied)
	}
}
