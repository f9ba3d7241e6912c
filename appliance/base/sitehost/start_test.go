// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/appliance/basectl"
	"understudy/pkgstore/pack"
)

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
	b.programs.Asked()
	b.restart()
	if slices.Contains(b.programs.Asked(), "run a") {
		t.Error("a running site was started again")
	}
	b.runs("12.1.4")
}

func TestStartAfterAPowerCut(t *testing.T) {
	b := newBox(t)
	b.mustInstall(packaged(t, "12.1.4", ""))
	b.programs.Kill(t, "a")
	if w := b.Check().Run(t.Context()); w == nil || !strings.Contains(w.Text, "Bomgar-12.1.4") {
		t.Errorf("a dead site is no problem: %+v", w)
	}
	if err := os.RemoveAll(b.programs.Run); err != nil {
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
	b.programs.Kill(t, "a")
	f, err := os.OpenFile(b.state("a", "program"), os.O_RDWR, 0)
	if err == nil {
		_, err = f.WriteAt([]byte("x"), 100_000)
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	b.programs.Asked()
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
	if slices.Contains(b.programs.Asked(), "run a") {
		t.Error("it was run")
	}
	// The same package again mends it, with all that was stored.
	b.mustInstall(packaged(t, "12.1.4", ""))
	if !strings.Contains(b.browser().get("/login/my-account"), "from before") {
		t.Error("what was stored is gone")
	}
	b.runs("12.1.4")
	b.programs.Kill(t, b.current.Load().Generation)
	if w := b.Check().Run(t.Context()); w == nil || strings.Contains(w.Text, "damaged") {
		t.Errorf("when it has died for another reason, health says %+v", w)
	}
}

// A copy of the database is as large as the database: one that was made for an
// installation which was cut off must not keep the next from having room.
func TestACopyThatNobodyTookGoes(t *testing.T) {
	b := newBox(t)
	b.mustInstall(packaged(t, "12.1.4", ""))
	left := []string{b.state("a", "data", basectl.CopyName), b.state("a", "data", basectl.CopyName+".part")}
	for _, path := range left {
		if err := os.WriteFile(path, []byte("a copy"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.restart()
	for _, path := range left {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	b.runs("12.1.4")
}

func TestCrashedSiteIsToldTheFactsAgain(t *testing.T) {
	b := newBox(t)
	b.mustInstall(packaged(t, "12.1.4", ""))
	b.programs.Kill(t, "a")
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
