// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/appliance/audit"
	"understudy/appliance/base/power"
	"understudy/appliance/base/sitehost"
	"understudy/appliance/base/updates"
	"understudy/appliance/health"
	"understudy/appliance/task"
	"understudy/pkgstore/pack"
)

// idle is a box with site software that does not answer.
func idle(t *testing.T) *box {
	t.Helper()
	dir, dbs := t.TempDir(), open(t, t.TempDir())
	if err := os.WriteFile(filepath.Join(dir, "installed.json"), []byte(`{"generation": "a"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	site, err := sitehost.New(sitehost.Config{State: dir, Run: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	b := &box{site: site}
	b.services.Tasks, b.services.Health = task.New(dbs.journal, now), health.New(dbs.base, now)
	t.Cleanup(b.services.Tasks.Close)
	return b
}

func of(kind pack.Kind) updates.Candidate {
	return updates.Candidate{Summary: pack.Summary{Release: pack.Release{Kind: kind}}}
}

// found lists the codes, those that stop an install in capitals.
func found(findings []updates.Finding) string {
	var codes []string
	for _, f := range findings {
		if f.Stops {
			f.Code = strings.ToUpper(f.Code)
		}
		codes = append(codes, f.Code)
	}
	return strings.Join(codes, " ")
}

// The clock and a task that takes the box down stand against every package,
// people who are signed in against those that interrupt them.
func TestWhatStandsAgainstAnInstall(t *testing.T) {
	b := idle(t)
	if got := b.preflight(t.Context(), of(pack.License)); len(got) != 0 {
		t.Errorf("an add-on on a box at rest: %+v", got)
	}
	b.services.Health.Set(health.Warning{Code: "clock.unsynchronised", Severity: health.Info, Text: "No time server is set."})
	b.services.Health.Set(health.Warning{Code: "network.link", Severity: health.Warn, Text: "A cable is out."})
	if got := b.preflight(t.Context(), of(pack.License)); len(got) != 0 {
		t.Errorf("what does not matter is found: %+v", got)
	}
	b.services.Health.Set(health.Warning{Code: "clock.silent", Severity: health.Warn, Text: "No time server can be used.", Fix: "Check them.", FixURL: "/appliance/networking/ip"})
	spec := task.Spec{Kind: power.KindReboot, Title: "Restart the appliance", Key: "power", Run: func(ctx context.Context, _ *task.Progress) error { <-ctx.Done(); return ctx.Err() }}
	restart, _, err := b.services.Tasks.Submit(t.Context(), audit.System, spec)
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[pack.Kind]string{pack.Base: "POWER clock sessions", pack.Site: "POWER clock sessions", pack.License: "POWER clock"} {
		got := b.preflight(t.Context(), of(kind))
		if found(got) != want {
			t.Fatalf("%s: %+v", kind, got)
		}
		if got[0].Link != "/appliance/status/tasks/"+restart.ID || got[1].Text != "No time server can be used." || got[1].Fix != "Check them." || got[1].Link != "/appliance/networking/ip" {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

// Only a new site ends sessions; a restart interrupts them.
func TestWhoIsSignedIn(t *testing.T) {
	for _, row := range []struct {
		kind pack.Kind
		n    int
		err  error
		want string
	}{
		{pack.Site, 0, nil, ""},
		{pack.Site, 1, nil, "One person is signed in to /login and will be signed out."},
		{pack.Site, 3, nil, "3 people are signed in to /login and will be signed out."},
		{pack.Base, 0, nil, ""},
		{pack.Base, 1, nil, "One person is signed in to /login and will be interrupted while the appliance restarts."},
		{pack.Base, 3, nil, "3 people are signed in to /login and will be interrupted while the appliance restarts."},
		{pack.Base, 0, errors.New("it is away"), "It is not known whether people are signed in to /login: it is away. Whoever is will be interrupted while the appliance restarts."},
	} {
		text := ""
		for _, f := range signedIn(row.kind, row.n, row.err) {
			text += f.Text
			if f.Stops || f.Fix == "" {
				t.Errorf("%+v", f)
			}
		}
		if text != row.want {
			t.Errorf("%s, %d people: %q, want %q", row.kind, row.n, text, row.want)
		}
	}
}
