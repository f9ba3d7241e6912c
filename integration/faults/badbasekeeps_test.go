// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/appliance/client/applianceapi"
	"understudy/integration/box"
	"understudy/integration/person"
)

// badBaseBox is a box on which Base software is tried that does not work, and
// what has to be there afterwards.
type badBaseBox struct {
	b     *box.Box
	c     *applianceapi.Client
	users []string
	tasks map[string]string // id to state, of every task that has ended
	sites []string          // whose licence agreement was accepted; the last one is installed
	bad   []string          // what was rolled back, oldest first

	edith  int64 // id of her account
	visits int   // of hers, during trials, and one before each
}

// furnished is a box with something to lose: another account, and a site that
// was updated once and in which somebody has changed his password.
func furnished(t *testing.T, b *box.Box, sites []string) *badBaseBox {
	t.Helper()
	b.FirstSignIn(t)
	m := &badBaseBox{b: b, c: b.API(t, box.Admin, box.Password), users: []string{box.Admin, "edith"}, tasks: map[string]string{}}
	m.reauthenticate(t)
	edith, err := m.c.AddUser(b.Within(t, answer), applianceapi.NewUser{Username: "edith", Role: "administrator", Password: box.Password})
	if err != nil {
		t.Fatal(err)
	}
	m.edith = edith.ID
	for i, file := range sites {
		m.installSite(t, file)
		if i > 0 {
			continue
		}
		p := m.atSite(t)
		box.SignIn(p, box.Admin, box.FirstPassword)
		box.ChangePassword(p, box.FirstPassword, box.Password)
	}
	m.lost(t)
	return m
}

// installSite installs a site package, though it is not yet a day since the one
// before.
func (m *badBaseBox) installSite(t *testing.T, file string) {
	t.Helper()
	task, err := m.c.Install(m.b.Within(t, answer), m.upload(t, file), applianceapi.Install{Accept: true, Override: true})
	if err != nil {
		t.Fatal(err)
	}
	m.sites = append(m.sites, strings.TrimPrefix(task.Title, "Install "))
	m.ends(t, task.ID, "done")
}

// ends waits for the end of a task.
func (m *badBaseBox) ends(t *testing.T, id, state string) (task applianceapi.Task) {
	t.Helper()
	m.b.Until(t, "the task ends", func() bool {
		var err error
		task, err = m.c.Task(m.b.Within(t, answer), id)
		return err == nil && !task.Live()
	})
	if task.State != state {
		t.Errorf("the task is %s, want %s: %+v", task.State, state, task)
	}
	m.tasks[id] = state
	return task
}

func (m *badBaseBox) reauthenticate(t *testing.T) {
	t.Helper()
	if _, err := m.c.Reauthenticate(m.b.Within(t, answer), box.Password); err != nil {
		t.Fatal(err)
	}
}

// duringTheTrial looks at the box while a version is on trial: nothing may be
// changed. It signs somebody in, which the end of the trial takes back, and
// somebody out, which it does not.
func (m *badBaseBox) duringTheTrial(t *testing.T, id string, leaver *applianceapi.Client) (visitor *applianceapi.Client) {
	t.Helper()
	m.b.Expect(t, `^understudy: listening on 443`)
	m.c.Close()
	if s, err := m.c.Status(m.b.Within(t, answer)); err != nil || s.BaseVersion == box.Base {
		t.Errorf("during the trial it runs %s, %v", s.BaseVersion, err)
	}
	if _, err := m.c.Install(m.b.Within(t, answer), id, applianceapi.Install{Force: true}); applianceapi.StatusOf(err) != 409 || !strings.Contains(err.Error(), "is being tried") {
		t.Errorf("an install during the trial: %v", err)
	}
	if err := m.c.DeleteUser(m.b.Within(t, answer), m.edith); applianceapi.StatusOf(err) != 409 || !strings.Contains(err.Error(), "is being tried") {
		t.Errorf("a change of configuration during the trial: %v", err)
	}
	if _, err := m.c.Reboot(m.b.Within(t, answer), applianceapi.PowerRequest{}); applianceapi.StatusOf(err) != 409 || !strings.Contains(err.Error(), "is being tried") {
		t.Errorf("a restart during the trial: %v", err)
	}
	leaver.Close()
	if err := leaver.SignOut(m.b.Within(t, answer)); err != nil {
		t.Error(err)
	}
	return m.b.API(t, "edith", box.Password)
}

// forgets checks that what was stored during the trial went with it, the
// visitor's session, and that the records still have him. Who signed out then is
// not signed in again.
func (m *badBaseBox) forgets(t *testing.T, visitor, leaver *applianceapi.Client) {
	t.Helper()
	for who, c := range map[string]*applianceapi.Client{"began in the trial": visitor, "was ended in the trial": leaver} {
		c.Close()
		if _, err := c.Session(m.b.Within(t, answer)); applianceapi.StatusOf(err) != 401 {
			t.Errorf("the session that %s: %v", who, err)
		}
	}
	m.visits += 2
	m.recorded(t, "sign-in", "ok", append([]string{box.Admin, box.Admin}, slices.Repeat([]string{"edith"}, m.visits)...))
}

// saysWhatHappened looks at what the old version tells after it is back.
func (m *badBaseBox) saysWhatHappened(t *testing.T, bad badBase, id string) {
	t.Helper()
	name := "Base Software " + bad.version
	m.bad = append(m.bad, name)
	task := m.ends(t, id, "failed")
	if want := fmt.Sprintf("%s did not work and the appliance is back at %s. ", name, box.Base); !strings.HasPrefix(task.Error, want) || !strings.HasSuffix(task.Error, bad.reason) {
		t.Errorf("the task says %q, want %q and why: %q", task.Error, want, bad.reason)
	}
	if !strings.Contains(task.NextStep, "refused until you force it") {
		t.Errorf("the next step is %q", task.NextStep)
	}
	past, err := m.c.Updates(m.b.Within(t, answer))
	if err != nil || len(past.Items) != len(m.sites)+len(m.bad) {
		t.Fatalf("history %+v, %v", past.Items, err)
	}
	if u := past.Items[0]; u.Kind != "base" || u.State != "rolled back" || u.Name != name || u.From != box.Base || u.To != bad.version || u.By != box.Admin || u.Task != id || !strings.HasSuffix(u.Reason, bad.reason) {
		t.Errorf("history %+v", u)
	}
}

// lost reports what is no longer as it was: configuration, site and records.
func (m *badBaseBox) lost(t *testing.T) {
	t.Helper()
	s, err := m.c.Status(m.b.Within(t, answer))
	if err != nil || s.BaseVersion != box.Base || len(s.SitePackages) != 1 || s.SitePackages[0].Name != m.sites[len(m.sites)-1] {
		t.Errorf("it runs %s with the site %+v, %v", s.BaseVersion, s.SitePackages, err)
	}
	m.atSite(t) // who waits for it may have waited long
	ctx := m.b.Within(t, 2*answer)
	users, err := m.c.Users(ctx)
	if err != nil || len(users.Items) != len(m.users) {
		t.Errorf("users %+v, %v", users, err)
	}
	for _, u := range users.Items {
		if !slices.Contains(m.users, u.Username) {
			t.Errorf("there is a user %s", u.Username)
		}
	}
	tasks, err := m.c.Tasks(ctx, applianceapi.TaskFilter{})
	if err != nil || len(tasks.Items) != len(m.tasks) {
		t.Errorf("tasks %+v, %v", tasks, err)
	}
	for _, x := range tasks.Items {
		if x.State != m.tasks[x.ID] {
			t.Errorf("task %+v, want it %s", x, m.tasks[x.ID])
		}
	}
	if r, err := m.c.VerifyAudit(ctx); err != nil || !r.OK {
		t.Errorf("the audit log: %+v, %v", r, err)
	}
	m.recorded(t, "updates.license", "accepted", m.sites)
	m.recorded(t, "updates.result", "rolled back", m.bad)
}

// recorded checks of which objects the audit log has an outcome, oldest first.
func (m *badBaseBox) recorded(t *testing.T, action, outcome string, want []string) {
	t.Helper()
	events, err := m.c.Audit(m.b.Within(t, answer), applianceapi.AuditFilter{Action: action})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events.Items {
		if e.Outcome == outcome {
			got = append(got, e.Object)
		}
	}
	slices.Reverse(got)
	if !slices.Equal(got, want) {
		t.Errorf("%s of %q is recorded, want %q", action, got, want)
	}
}

// atSite is somebody at the sign-in page of the site.
func (m *badBaseBox) atSite(t *testing.T) *person.Person {
	t.Helper()
	p := m.b.Person(t)
	p.Await("/login", "the site", m.b.Scale(time.Minute), func(page *person.Page) bool { return page.Status == 200 })
	return p
}

// signsInToSite signs in with the password that was chosen before everything.
func (m *badBaseBox) signsInToSite(t *testing.T) {
	t.Helper()
	p := m.atSite(t)
	box.SignIn(p, box.Admin, box.Password)
	p.Open("/login/status/information")
	p.See("support.example.com")
}
