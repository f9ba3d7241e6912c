// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/revision"
	"understudy/appliance/task"
	"understudy/pkgstore/plan"
	"understudy/pkgstore/trust"
)

var firmwares = []string{"uefi", "bios"}

func TestANewVersionIsKeptOnceItHasProvenItself(t *testing.T) {
	for _, firmware := range firmwares {
		t.Run(firmware, func(t *testing.T) {
			b := newBox(t, firmware)
			b.mark("before")
			id := b.install(Choice{})
			if got := b.state().State; got != Armed {
				t.Fatalf("before the restart it is %s", got)
			}
			if got := b.reboot(); got != "4.2.1" {
				t.Fatalf("it boots %s", got)
			}
			end := b.end(id)
			if end.State != task.Done || end.Result != "Base Software 4.2.1 is installed." || end.Percent != 100 {
				t.Errorf("the task: %+v", end)
			}
			if u := b.state(); u.State != Good || u.By != "ada" || u.From.Version != "3.3.2" {
				t.Errorf("the journal: %+v", u)
			}
			if left := b.left(); len(left) != 0 {
				t.Errorf("left over: %q", left)
			}
			for range 3 {
				if got := b.reboot(); got != "4.2.1" {
					t.Fatalf("later it boots %s", got)
				}
			}
			if b.marks() != "before" {
				t.Errorf("the configuration is %q", b.marks())
			}
		})
	}
}

func TestAnUnfitVersionIsSentAway(t *testing.T) {
	for _, firmware := range firmwares {
		t.Run(firmware, func(t *testing.T) {
			b := newBox(t, firmware)
			b.mark("before")
			secret, session := b.signIn()
			id := b.install(Choice{})
			b.fit = errors.New("its pages do not answer")
			if got := b.reboot(); got != "4.2.1" {
				t.Fatalf("it boots %s", got)
			}
			if why := b.restart(); !strings.Contains(why, "not fit") {
				t.Errorf("restart for %q", why)
			}
			b.mark("during the trial")
			if err := b.accounts().SignOut(t.Context(), session); err != nil {
				t.Fatal(err)
			}
			if got := b.reboot(); got != "3.3.2" {
				t.Fatalf("after a definite no it boots %s", got)
			}
			if _, err := b.accounts().Resume(t.Context(), secret); !errors.Is(err, account.ErrNoSession) {
				t.Errorf("who signed out during the trial: %v", err)
			}
			b.rolledBack(id, "Its pages do not answer.")
		})
	}
}

func (b *box) accounts() *account.Accounts {
	return account.New(b.base, revision.New(b.base, time.Now), b.audit, account.DefaultPolicy(), time.Now)
}

// signIn makes an account and a session of it.
func (b *box) signIn() (secret string, s account.Session) {
	b.t.Helper()
	const password = "paper boats on a pond"
	hash, err := account.HashPassword(account.Argon2{MemoryKiB: 8, Time: 1, Threads: 1}, password)
	if err == nil {
		err = b.accounts().Bootstrap(b.t.Context(), "ada", hash, false)
	}
	if err == nil {
		secret, s, err = b.accounts().SignIn(b.t.Context(), ada, "ada", password, "", account.KindWeb)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return secret, s
}

// rolledBack checks what is left of a version that did not work.
func (b *box) rolledBack(id, reason string) {
	b.t.Helper()
	end := b.end(id)
	if end.State != task.Failed || !strings.Contains(end.Error, reason) || end.NextStep == "" {
		b.t.Errorf("the task: %+v", end)
	}
	if u := b.state(); u.State != RolledBack || !strings.Contains(u.Reason, reason) {
		b.t.Errorf("the journal: %+v", u)
	}
	if w := b.warning(); w == nil || !strings.Contains(w.Text, "back at 3.3.2. ") || !strings.Contains(w.Text, reason) || w.Fix == "" {
		b.t.Errorf("the warning: %+v", w)
	}
	if b.marks() != "before" {
		b.t.Errorf("the configuration is %q", b.marks())
	}
	var bad *BadError
	if _, _, err := b.installID(ada, b.ready().ID, Choice{}); !errors.As(err, &bad) || !strings.Contains(bad.Reason, reason) {
		b.t.Errorf("the same version again: %v", err)
	}
	b.fit = nil
	again, created, err := b.installID(ada, b.ready().ID, Choice{Force: true})
	if err != nil || !created {
		b.t.Fatalf("by force: created %v, %v", created, err)
	}
	b.restart()
	if got := b.reboot(); got != "4.2.1" {
		b.t.Errorf("by force it boots %s", got)
	}
	if end := b.end(again.ID); end.State != task.Done {
		b.t.Errorf("by force: %+v", end)
	}
	if w := b.warning(); w != nil {
		b.t.Errorf("once it works there is still the warning %+v", w)
	}
}

// A version that never comes so far as to be asked is tried twice.
func TestAVersionThatDiesIsTriedTwice(t *testing.T) {
	for _, firmware := range firmwares {
		t.Run(firmware, func(t *testing.T) {
			b := newBox(t, firmware)
			b.mark("before")
			id := b.install(Choice{})
			b.stop()
			for i := range 2 {
				b.boots++
				if got := b.machine.Boot(); got != newBase.ID() {
					t.Fatalf("boot %d is of %s", i+1, got)
				}
			}
			if got := b.boot(); got != "3.3.2" {
				t.Fatalf("the third boot is of %s", got)
			}
			b.rolledBack(id, "did not start")
		})
	}
}

// A program that dies between arming and the restart has been through no trial.
func TestAProgramThatIsStartedAgainGoesOn(t *testing.T) {
	b := newBox(t, "uefi")
	b.mark("before")
	id := b.install(Choice{})
	b.stop()
	b.start(oldBase) // without the machine
	b.restart()
	if u := b.state(); u.State != Armed {
		t.Errorf("it is %s", u.State)
	}
	b.reboot()
	if end := b.end(id); end.State != task.Done {
		t.Errorf("%+v", end)
	}
}

func TestWhileAVersionIsOnTrial(t *testing.T) {
	b := newBox(t, "uefi")
	b.install(Choice{})
	var trial *TrialError
	if err := b.Frozen(t.Context()); !errors.As(err, &trial) {
		t.Errorf("the configuration may be changed: %v", err)
	}
	third := bytes.NewReader(b.file(slotsRelease("5.1.0")))
	r, err := b.Upload(t.Context(), ada, third, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, created, err := b.installID(ada, r.ID, Choice{}); created || !errors.As(err, &trial) {
		t.Errorf("another version may be installed: %v", err)
	}
}

func TestTwoWhoPressInstall(t *testing.T) {
	b := newBox(t, "uefi")
	hold := make(chan struct{})
	b.machine.Step = func(string) error { <-hold; return nil }
	id := b.ready().ID
	first, created, err := b.installID(ada, id, Choice{})
	if err != nil || !created {
		t.Fatal(created, err)
	}
	second, created, err := b.installID(ada, id, Choice{})
	if err != nil || created || second.ID != first.ID {
		t.Errorf("created %v, %v; task %s beside %s", created, err, second.ID, first.ID)
	}
	other, err := b.Upload(t.Context(), ada, bytes.NewReader(b.file(slotsRelease("5.1.0"))), false)
	if err != nil {
		t.Fatal(err)
	}
	var preflight *PreflightError
	if _, _, err := b.installID(ada, other.ID, Choice{Override: true}); !errors.As(err, &preflight) || !strings.Contains(err.Error(), "Install Base Software 4.2.1") {
		t.Errorf("another version: %v", err)
	}
	close(hold)
	b.restart()
}

// Files that are not taken leave nothing behind.
func TestRefusedFiles(t *testing.T) {
	good := func(b *box) []byte { return b.file(newBase) }
	changed := func(at func(n int) int) func(b *box) []byte {
		return func(b *box) []byte {
			f := good(b)
			f[at(len(f))] ^= 1
			return f
		}
	}
	var untrusted *trust.Error
	var older *plan.Older
	for name, c := range map[string]struct {
		file func(b *box) []byte
		want any
	}{
		"a byte of the metadata": {changed(func(int) int { return 200 }), &untrusted},
		"a byte of the package":  {changed(func(n int) int { return n - 10_000 }), &untrusted},
		"cut short":              {func(b *box) []byte { f := good(b); return f[:len(f)-1] }, &untrusted},
		"padded":                 {func(b *box) []byte { return append(good(b), 0) }, &untrusted},
		"nothing":                {func(*box) []byte { return nil }, &untrusted},
		"of another server":      {func(b *box) []byte { return newBox(b.t, "uefi").file(newBase) }, &untrusted},
		"what is installed":      {func(b *box) []byte { return b.file(oldBase) }, &older},
		"older":                  {func(b *box) []byte { return b.file(slotsRelease("3.2.4")) }, &older},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, "uefi")
			_, err := b.Upload(t.Context(), ada, bytes.NewReader(c.file(b)), false)
			if !errors.As(err, c.want) {
				t.Errorf("%v", err)
			}
			if left := b.left(); len(left) != 0 {
				t.Errorf("left over: %q", left)
			}
			if ready, err := b.AllReady(t.Context()); err != nil || len(ready) != 0 {
				t.Errorf("ready: %+v, %v", ready, err)
			}
		})
	}
}

// A package that was damaged on the disk since is not installed.
func TestADamagedPackageIsNotInstalled(t *testing.T) {
	b := newBox(t, "uefi")
	r := b.ready()
	damage(t, b.path("packages", r.ID))
	started, _, err := b.installID(ada, r.ID, Choice{})
	if err != nil {
		t.Fatal(err)
	}
	if end := b.end(started.ID); end.State != task.Failed || !strings.Contains(end.Error, "damaged") {
		t.Errorf("%+v", end)
	}
	if got := b.reboot(); got != "3.3.2" || b.state().State != Failed {
		t.Errorf("it boots %s, the update is %s", got, b.state().State)
	}
}
