// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/health"
	"understudy/appliance/task"
	"understudy/web/appliance/appliancetest"
)

const readerPassword = "paper boats on a pond"

var adminActor = audit.Actor{Name: "admin", Address: "192.0.2.77", Via: "page"}

// furnish puts something on every page of a box.
func furnish(t testing.TB, b *appliancetest.Box) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := b.Accounts.Add(ctx, adminActor, account.NewUser{Username: "carol", DisplayName: "Carol of the night shift", Password: readerPassword, Role: account.ReadOnly})
	must(err)
	dave, err := b.Accounts.Add(ctx, adminActor, account.NewUser{Username: "dave", Password: "a kettle on the stove", Role: account.Administrator})
	must(err)
	erin, err := b.Accounts.Add(ctx, adminActor, account.NewUser{Username: "erin", Password: "gravel under the wheels", Role: account.Administrator, MustChange: true})
	must(err)
	disabled := true
	must(b.Accounts.Update(ctx, adminActor, erin.ID, account.UserChange{Disabled: &disabled}))
	b.Time.Pass(3 * time.Minute)
	for range 5 {
		_, _, err := b.Accounts.SignIn(ctx, audit.Actor{Address: "198.51.100.23", Via: "page"}, dave.Username, "wrong", "curl/8.5", account.KindWeb)
		if !errors.Is(err, account.ErrCredentials) {
			var locked *account.LockedError
			if !errors.As(err, &locked) {
				t.Fatal(err)
			}
		}
	}
	must(b.Audit.Flush(ctx)) // what is alike was gathered, and would be written when its time has come
	b.Time.Pass(time.Minute)
	_, _, err = b.Accounts.NewToken(ctx, adminActor, 1, "monitoring", []string{"status:read", "tasks:read"}, 90*24*time.Hour)
	must(err)
	settings, rev, err := b.Clock.Settings(ctx)
	must(err)
	settings.Zone = "Europe/Vienna"
	must(b.Clock.Change(ctx, adminActor, rev, settings, "where the people are"))
	runTask(t, b, "Collect the support archive", func(ctx context.Context, p *task.Progress) error {
		p.Log("Reading 42 settings")
		p.Phase(1)
		p.Log("Packing")
		p.Result("The archive is ready.")
		return nil
	})
	b.Time.Pass(2 * time.Minute)
	runTask(t, b, "Fetch release notes", func(ctx context.Context, p *task.Progress) error {
		p.Log("Asking the server")
		p.NextStep("Check the name servers under Networking > IP Configuration.")
		return errors.New("the server's name cannot be resolved")
	})
	b.Health.Set(health.Warning{Code: "clock.silent", Severity: health.Warn, Text: "No time server has answered for 20 minutes.", Fix: "Check the time servers.", FixURL: "/appliance/networking/ip"})
	b.Health.Set(health.Warning{Code: "profile.memory", Severity: health.Info, Text: "This machine has 512 MiB of memory; its model should have 2048 MiB.", Fix: "Give the virtual machine more memory."})
	b.Health.Set(health.Warning{Code: "state.space", Severity: health.Critical, Text: "The state partition is almost full: 3 % is free.", Fix: "Give the machine a larger disk."})
	must(b.Health.Acknowledge(ctx, adminActor, "profile.memory"))
}

// runTask runs a task to its end.
func runTask(t testing.TB, b *appliancetest.Box, title string, run func(context.Context, *task.Progress) error) task.Task {
	t.Helper()
	started, _, err := b.Tasks.Submit(t.Context(), adminActor, task.Spec{Kind: "test", Title: title, Phases: []string{"Collect", "Pack", "Store"}, Run: run})
	if err != nil {
		t.Fatal(err)
	}
	return waitFor(t, b, started.ID, func(x task.Task) bool { return !x.State.Live() })
}

// waitFor waits until a task is as it should be.
func waitFor(t testing.TB, b *appliancetest.Box, id string, done func(task.Task) bool) task.Task {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	changes := b.Tasks.Watch(ctx)
	for {
		x, err := b.Tasks.Get(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if done(x) {
			return x
		}
		if _, open := <-changes; !open {
			t.Fatalf("the task stays as it is: %+v", x)
		}
	}
}
