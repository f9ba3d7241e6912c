// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/base/boot"
	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/base/updates"
	"understudy/appliance/base/updates/machinetest"
	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/client/updateserver"
	"understudy/appliance/health"
	"understudy/appliance/task"
	"understudy/integration/box"
	"understudy/integration/chromium"
	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
	"understudy/web/appliance/appliancetest"
)

// TestRareStates looks at pages in states that a healthy box is not in: lost
// state, a refused seed, a clock that waits for consent, tasks that fail. The
// pages and the services behind them are the real ones, in this process; the
// machine below them is made up.
func TestRareStates(t *testing.T) {
	browser, script := chromium.StartT(t), axe(t)
	vendor := updatestest.NewVendor(t)
	for _, r := range []struct {
		options appliancetest.Options
		arrange func(t *testing.T, b *appliancetest.Box)
		views   []view
	}{
		{
			appliancetest.Options{Changed: true, Boot: boot.Report{State: boot.StateResult{
				Lost: "The key of the state is lost: both copies of the meta record are unusable."}}},
			func(*testing.T, *appliancetest.Box) {},
			[]view{{name: "sign-in-state-lost", path: "/appliance/sign-in", as: nobody}, {name: "status-basics-state-lost", path: "/appliance/status/basics"}},
		},
		{
			appliancetest.Options{Changed: true, Boot: boot.Report{SeedSource: "fw_cfg", SeedProblems: []string{
				"network.gateway is not an entry of a seed.", "https.public_port must be a whole number."}}},
			func(_ *testing.T, b *appliancetest.Box) { warn(b) },
			[]view{{name: "status-basics-seed-refused", path: "/appliance/status/basics"}, {name: "status-health-warnings", path: "/appliance/status/health"}},
		},
		{
			offering(t),
			checked,
			[]view{{name: "updates-available", path: "/appliance/updates"}, {name: "updates-offer", path: "/appliance/updates/available/site-12.2.0-1.pkg"}},
		},
		{
			appliancetest.Options{Changed: true, TrustRoot: vendor.Root()},
			func(t *testing.T, b *appliancetest.Box) {
				bring(t, b, vendor)
				b.Updates.Outside = found
			},
			[]view{
				{name: "updates-ready", path: "/appliance/updates"}, {name: "updates-base-package", path: "{base}"}, {name: "updates-site-package", path: "{site}"},
			},
		},
		{
			appliancetest.Options{Changed: true},
			startTasks,
			[]view{
				{name: "status-tasks-all-states", path: "/appliance/status/tasks"},
				{name: "status-task-running", path: "{running}"}, {name: "status-task-failed", path: "{failed}"}, {name: "status-task-done", path: "{done}"},
				{name: "status-basics-task-running", path: "/appliance/status/basics", do: openDrawer},
				{name: "password-again", path: "/appliance/users/new", do: func(ctx context.Context, tab *chromium.Tab) error {
					return steps(
						func() error { return tab.Fill(ctx, "Username", "heidi") },
						func() error { return tab.Fill(ctx, "Password", "clouds over the yard") },
						func() error { return tab.Press(ctx, "Add User") })
				}},
			},
		},
	} {
		b := appliancetest.New(t, r.options)
		r.arrange(t, b)
		s := &target{url: b.URL, user: box.Admin, password: appliancetest.Password, paths: taskPaths(t, b)}
		tabs := map[role]*chromium.Tab{administrator: browser.OpenT(t), nobody: browser.OpenT(t)}
		s.session(t, tabs[administrator], s.signedIn(t, s.user, s.password))
		for _, v := range r.views {
			t.Run(v.name, func(t *testing.T) { lookAt(t, s, tabs[v.as], script, v) })
		}
	}
}

func openDrawer(ctx context.Context, tab *chromium.Tab) error {
	return tab.Open(ctx, ".drawer summary")
}

// warn puts a warning of each severity on the board.
func warn(b *appliancetest.Box) {
	b.Health.Set(health.Warning{Code: "clock.step-refused", Severity: health.Critical, FixURL: "/appliance/networking/ip",
		Text: "The clock is 20m0s behind of what ntp.example.com says. It was not set: without consent it is moved by 15m0s a day at most.",
		Fix:  "Find out which of the two is right: consent to setting the clock, or enter another time server."})
	b.Health.Set(health.Warning{Code: "account.first-password", Severity: health.Warn, FixURL: "/appliance/my-account",
		Text: "The account admin still has its first password, which is no secret.", Fix: "Sign in as admin and choose another one."})
	b.Health.Set(health.Warning{Code: "profile.below-minimum", Severity: health.Info,
		Text: "This machine has 512 MiB of memory; Virtual Appliance (Small) should have 4096.", Fix: "Give the machine more memory."})
}

// startTasks runs one task to its end, one into a failure, and leaves one
// running until the test ends.
func startTasks(t *testing.T, b *appliancetest.Box) {
	t.Helper()
	by := audit.Actor{Name: "admin", Address: "192.0.2.77", Via: "page"}
	running, end := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(end) })
	submit := func(spec task.Spec) {
		if _, _, err := b.Tasks.Submit(t.Context(), by, spec); err != nil {
			t.Fatal(err)
		}
	}
	ended := b.Tasks.Watch(t.Context())
	submit(task.Spec{Kind: "done", Title: "Check for updates", Phases: []string{"Asking", "Reading"}, Run: func(_ context.Context, p *task.Progress) error {
		p.Log("Asking updates.example.com.")
		p.Phase(1)
		p.Result("Base Software 3.3.2 is the newest.")
		return nil
	}})
	submit(task.Spec{Kind: "failed", Title: "Install Bomgar-12.2.0", Phases: []string{"Fetch", "Check", "Install"}, Run: func(_ context.Context, p *task.Progress) error {
		p.Phase(1)
		p.Log("Fetched 41 MiB in 3 seconds.")
		p.NextStep("Install Base Software 3.2.4 first.")
		return errors.New("3.2.4 does not satisfy the requirements of 12.2.0")
	}})
	submit(task.Spec{Kind: "running", Title: "Install Base Software 3.3.2", Phases: []string{"Fetch", "Check", "Install", "Restart"}, Estimate: 4 * time.Minute,
		Run: func(ctx context.Context, p *task.Progress) error {
			p.Phase(2)
			p.Percent(40)
			p.Log("Writing the boot image.")
			close(running)
			select {
			case <-end:
			case <-ctx.Done():
			}
			return nil
		}})
	<-running
	for len(b.Tasks.Live()) > 1 {
		<-ended
	}
}

// found is what stands against an install, of both kinds.
func found(_ context.Context, c updates.Candidate) []updates.Finding {
	end := "will be signed out"
	if c.Restart {
		end = "will be interrupted while the appliance restarts"
	}
	return []updates.Finding{
		{Code: "clock", Text: "No time server has answered for 20 minutes.", Fix: "Check the time servers.", Link: "/appliance/networking/ip"},
		{Code: "sessions", Text: "3 people are signed in to /login and " + end + ".", Fix: "Tell them, or wait until they have left."},
	}
}

// offering is a box whose update server, a process of its own, has a site
// package that can be installed and one that wants a newer Base software first.
func offering(t *testing.T) appliancetest.Options {
	t.Helper()
	server := box.StartUpdateServer(t, nil, []string{"12.2.0", "14.2.1"})
	server.Run(t, "enroll", machinetest.Serial, "--customer", "c1")
	seed := server.Seed(t)
	return appliancetest.Options{
		Changed: true, UpdateServer: strings.TrimPrefix(server.URL, "https://"), TrustRoot: []byte(strings.TrimSpace(seed.TrustRoot)),
		Dial: func(server, fingerprint string, learn func(string) error) (updates.Server, error) {
			c, err := updateserver.New(server, fingerprint, learn)
			return dialled{c}, err
		},
	}
}

// dialled gives the client's view the type that package updates wants.
type dialled struct{ *updateserver.Client }

func (d dialled) Check(ctx context.Context, statement string) (updates.View, error) {
	return d.Client.Check(ctx, statement)
}

// checked has the box ask its update server.
func checked(t *testing.T, b *appliancetest.Box) {
	t.Helper()
	b.Time.Pass(time.Since(b.Time.Now())) // the server goes by the real time
	watch := b.Tasks.Watch(t.Context())
	x, _, err := b.Updates.Check(t.Context(), audit.Actor{Name: box.Admin, Address: "192.0.2.1", Via: "page"})
	for err == nil && x.State.Live() {
		<-watch
		x, err = b.Tasks.Get(t.Context(), x.ID)
	}
	if err != nil || x.State != task.Done {
		t.Fatalf("%+v, %v", x, err)
	}
}

// bring puts a package of each kind that has a page of its own on the box.
func bring(t *testing.T, b *appliancetest.Box, vendor *updatestest.Vendor) {
	t.Helper()
	by := audit.Actor{Name: box.Admin, Address: "192.0.2.1", Via: "page"}
	upload := func(write func(w *bytes.Buffer)) {
		var file bytes.Buffer
		write(&file)
		if _, err := b.Updates.Upload(t.Context(), by, &file, false); err != nil {
			t.Fatal(err)
		}
	}
	upload(func(w *bytes.Buffer) {
		r := slotstest.Release("4.2.1")
		vendor.Base(w, r, pack.Bytes(slotstest.UKI(r)))
	})
	entry, _ := catalogue.Find(pack.Site, "12.2.0")
	customer := pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 25}
	upload(func(w *bytes.Buffer) {
		vendor.Sign(w, entry.For(catalogue.Build{Tree: 1, ID: "12.2.0-1", Time: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}, &customer),
			map[pack.Role]pack.Source{pack.Program: pack.Bytes([]byte("a program")), pack.EULA: pack.Bytes([]byte(entry.EULA))})
	})
}

// taskPaths are the pages of the tasks, by the kinds above, and of the packages.
func taskPaths(t *testing.T, b *appliancetest.Box) map[string]string {
	t.Helper()
	list, err := b.Tasks.List(t.Context(), task.Filter{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	paths := map[string]string{}
	for _, x := range list {
		paths["{"+x.Kind+"}"] = "/appliance/status/tasks/" + x.ID
	}
	ready, err := b.Updates.AllReady(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range ready {
		paths["{"+string(r.Kind)+"}"] = "/appliance/updates/packages/" + r.ID
	}
	return paths
}
