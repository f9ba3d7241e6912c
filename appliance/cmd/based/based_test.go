// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/base/boot"
	"understudy/appliance/base/schema"
	"understudy/appliance/health"
	"understudy/appliance/layout"
	"understudy/appliance/revision"
	"understudy/hwprofiles"
)

func open(t *testing.T, dir string) stores {
	t.Helper()
	s, err := openStores(t.Context(), dir, filepath.Join(t.TempDir(), "stand-in"), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	return s
}

func accountsOf(s stores) *account.Accounts {
	log := audit.New(s.journal, now)
	return account.New(s.base, revision.New(s.base, now), log, account.DefaultPolicy(), now)
}

func TestDamagedDatabasesAreKeptAndReplaced(t *testing.T) {
	for _, name := range []string{"base.db", "journal.db"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			damaged := []byte(strings.Repeat("this was a database once\n", 1000))
			if err := os.WriteFile(filepath.Join(dir, name), damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			s := open(t, dir)
			if s.lost == "" || s.dir == dir {
				t.Fatalf("opened %s with %q lost, as if nothing were wrong", s.dir, s.lost)
			}
			if err := bootstrap(t.Context(), accountsOf(s), layout.Seed{}); err != nil {
				t.Errorf("the databases that stand in are of no use: %v", err)
			}
			if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != string(damaged) {
				t.Errorf("the damaged file was touched (%v)", err)
			}
		})
	}
}

// Repairing a file system may cost it any file. A box that was in use must not
// take that for a fresh start: it would let anybody in with the first password.
func TestMissingDatabasesAreMissed(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, dir string) error{
		"configuration":     func(_ *testing.T, dir string) error { return os.Remove(schema.BasePath(dir)) },
		"records":           func(_ *testing.T, dir string) error { return os.Remove(schema.JournalPath(dir)) },
		"everything":        func(_ *testing.T, dir string) error { return errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)) },
		"records emptied":   func(_ *testing.T, dir string) error { return os.Truncate(schema.JournalPath(dir), 0) },
		"cut to nothing":    func(_ *testing.T, dir string) error { return os.Truncate(schema.BasePath(dir), 0) },
		"without its pages": rollBackToTheTables,
	} {
		t.Run(name, func(t *testing.T) {
			dir, instead := t.TempDir(), t.TempDir()
			s := open(t, dir)
			if err := errors.Join(bootstrap(t.Context(), accountsOf(s), layout.Seed{}), s.close(), harm(t, dir)); err != nil {
				t.Fatal(err)
			}
			lost, err := openStores(t.Context(), dir, instead, true)
			if err != nil {
				t.Fatal(err)
			}
			defer lost.close()
			if lost.lost == "" || lost.dir != instead {
				t.Errorf("opened %s with %q lost, as if nothing were missing", lost.dir, lost.lost)
			}
		})
	}
}

// rollBackToTheTables leaves a database as a power cut of the first boot
// would: tables, and nobody in them.
func rollBackToTheTables(t *testing.T, dir string) error {
	path := schema.BasePath(dir)
	err := os.Remove(path)
	db, opened := schema.OpenBase(t.Context(), dir)
	return errors.Join(err, opened, db.Close())
}

func TestDatabasesInUseAreOpened(t *testing.T) {
	dir := t.TempDir()
	for _, inUse := range []bool{false, true, true} {
		s, err := openStores(t.Context(), dir, t.TempDir(), inUse)
		if err != nil || s.lost != "" || s.dir != dir {
			t.Fatalf("in use %v: opened %s, lost %q, %v", inUse, s.dir, s.lost, err)
		}
		if err := errors.Join(bootstrap(t.Context(), accountsOf(s), layout.Seed{}), s.close()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFirstSignIn(t *testing.T) {
	signIn := func(t *testing.T, seed layout.Seed, password string) (account.Session, error) {
		accounts := accountsOf(open(t, t.TempDir()))
		for range 2 { // at every start
			if err := bootstrap(t.Context(), accounts, seed); err != nil {
				t.Fatal(err)
			}
		}
		_, session, err := accounts.SignIn(t.Context(), audit.Actor{Address: "192.0.2.1"}, "admin", password, "", account.KindWeb)
		return session, err
	}
	session, err := signIn(t, layout.Seed{}, "password")
	if err != nil || !session.MustChange {
		t.Errorf("admin / password: %v, must change %v", err, session.MustChange)
	}
	hash, err := account.HashPassword(account.DefaultPolicy().Argon2, "chosen beforehand")
	if err != nil {
		t.Fatal(err)
	}
	seeded := layout.Seed{Accounts: layout.SeedAccounts{AdminPasswordHash: hash}}
	if session, err = signIn(t, seeded, "chosen beforehand"); err != nil || session.MustChange {
		t.Errorf("the seed's password: %v, must change %v", err, session.MustChange)
	}
	if _, err = signIn(t, seeded, "password"); !errors.Is(err, account.ErrCredentials) {
		t.Errorf("the guide's password beside the seed's: %v", err)
	}
}

func TestFirstPasswordIsWarnedOf(t *testing.T) {
	const chosen = "chosen beforehand"
	hash, err := account.HashPassword(account.DefaultPolicy().Argon2, chosen)
	if err != nil {
		t.Fatal(err)
	}
	seeded := layout.Seed{Accounts: layout.SeedAccounts{AdminPasswordHash: hash}}
	by := audit.Actor{Name: firstName, Address: "192.0.2.1"}
	mustChange, fresh := true, "a lighthouse in the fog"
	for _, row := range []struct {
		name string
		seed layout.Seed
		do   func(a *account.Accounts) error // after the account was made
		want bool
	}{
		{"never signed in", layout.Seed{}, func(*account.Accounts) error { return nil }, true},
		{"signed in and went away", layout.Seed{}, func(a *account.Accounts) error {
			_, _, err := a.SignIn(t.Context(), by, firstName, "password", "", account.KindWeb)
			return err
		}, true},
		{"changed", layout.Seed{}, func(a *account.Accounts) error {
			return a.ChangePassword(t.Context(), by, account.FirstID, "password", fresh)
		}, false},
		{"given one by an administrator", layout.Seed{}, func(a *account.Accounts) error {
			return a.Update(t.Context(), by, account.FirstID, account.UserChange{Password: &fresh, MustChange: &mustChange})
		}, false},
		{"the seed's", seeded, func(*account.Accounts) error { return nil }, false},
		{"another account of that name", seeded, func(a *account.Accounts) error {
			other, err := a.Add(t.Context(), by, account.NewUser{Username: "ada", Password: fresh, Role: account.Administrator})
			if err == nil {
				err = a.Delete(t.Context(), audit.Actor{Name: other.Username}, account.FirstID)
			}
			if err == nil {
				_, err = a.Add(t.Context(), by, account.NewUser{Username: firstName, Password: fresh, Role: account.Administrator, MustChange: true})
			}
			return err
		}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			accounts := accountsOf(open(t, t.TempDir()))
			if err := errors.Join(bootstrap(t.Context(), accounts, row.seed), row.do(accounts)); err != nil {
				t.Fatal(err)
			}
			if w := firstPassword(accounts).Run(t.Context()); (w != nil) != row.want {
				t.Errorf("the warning is %+v, want one: %v", w, row.want)
			}
		})
	}
}

func TestNotices(t *testing.T) {
	for _, row := range []struct {
		name   string
		report boot.Report
		want   string
	}{
		{"nothing odd", boot.Report{Watchdog: "i6300esb", State: boot.StateResult{OK: true, Protected: true}}, ""},
		{"lost", boot.Report{Watchdog: "x", State: boot.StateResult{Lost: "Gone."}}, "state.lost"},
		{"no disk", boot.Report{Watchdog: "x", State: boot.StateResult{Lost: "No disk.", NoDisk: true}}, "state.lost"},
		{"repaired", boot.Report{Watchdog: "x", State: boot.StateResult{OK: true, Protected: true, Repaired: "Mended."}}, "state.repaired"},
		{"bad seed", boot.Report{Watchdog: "x", State: boot.StateResult{OK: true, Protected: true}, SeedProblems: []string{"No."}}, "seed.bad"},
		{"no watchdog", boot.Report{State: boot.StateResult{OK: true, Protected: true}}, "watchdog.none"},
		{"crashed", boot.Report{Watchdog: "x", Crashes: 3, State: boot.StateResult{OK: true, Protected: true}}, "based.crashed"},
		{"open key", boot.Report{Watchdog: "x", State: boot.StateResult{OK: true}}, "state.unprotected"},
	} {
		t.Run(row.name, func(t *testing.T) {
			board := health.New(open(t, t.TempDir()).base, now)
			notices(board, row.report)
			var got []string
			for _, w := range board.List() {
				got = append(got, w.Code)
				if w.Text == "" || w.Fix == "" {
					t.Errorf("%s says %q, with the way out %q", w.Code, w.Text, w.Fix)
				}
			}
			if strings.Join(got, " ") != row.want {
				t.Errorf("warnings %v, want %q", got, row.want)
			}
		})
	}
}

// What a start found and the next one did not find is over: neither its age nor
// an acknowledgement counts for what a later start finds.
func TestNoticesOfAFormerStartAreOver(t *testing.T) {
	dbs := open(t, t.TempDir())
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	start := func(crashes int) []health.Warning {
		t.Helper()
		at = at.Add(time.Hour)
		board := health.New(dbs.base, func() time.Time { return at })
		if err := board.Remember(t.Context(), dbs.journal); err != nil {
			t.Fatal(err)
		}
		notices(board, boot.Report{Watchdog: "x", Crashes: crashes, State: boot.StateResult{OK: true, Protected: true}})
		if crashes > 0 {
			if w := board.List()[0]; !w.Acknowledged {
				if err := board.Acknowledge(t.Context(), audit.Actor{Name: "ada"}, w.Code); err != nil {
					t.Fatal(err)
				}
				return []health.Warning{w}
			}
		}
		return board.List()
	}
	first := start(1)[0]
	if w := start(2)[0]; !w.Since.Equal(first.Since) || !w.Acknowledged {
		t.Errorf("it lasts, and is %+v", w)
	}
	if list := start(0); len(list) > 0 {
		t.Errorf("it is over, and there is %+v", list)
	}
	if w := start(1)[0]; !w.Since.Equal(at) || w.Acknowledged {
		t.Errorf("it came back at %v, and is %+v", at, w)
	}
}

func TestProfileOf(t *testing.T) {
	for name, want := range map[string]string{"": defaultProfile, "b300": "b300", "no-such-model": defaultProfile} {
		if p, err := profileOf(boot.Report{Profile: name}); err != nil || p.Name != want {
			t.Errorf("profile %q: %s, %v", name, p.Name, err)
		}
	}
	for _, p := range mustAll(t) {
		if policyFor(p).Argon2.MemoryKiB != p.Argon2.MemoryKiB {
			t.Errorf("%s: the policy costs %d KiB", p.Name, policyFor(p).Argon2.MemoryKiB)
		}
	}
}

func mustAll(t *testing.T) []hwprofiles.Profile {
	t.Helper()
	all := hwprofiles.All()
	if len(all) == 0 {
		t.Fatal("there are no profiles")
	}
	return all
}

func TestPageURL(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1":   "https://192.0.2.1/appliance",
		"2001:db8::1": "https://[2001:db8::1]/appliance",
	} {
		if got := pageURL(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
