// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"testing"
	"time"

	"understudy/appliance/task"
	"understudy/web/services"
)

// What is left of a task is said no more exactly than anyone can know.
func TestWhatIsLeft(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	p := &Pages{Appliance: &services.Appliance{Now: func() time.Time { return now }}}
	for left, want := range map[time.Duration]string{
		9*time.Minute + 59*time.Second: "8 %, about 10 minutes left",
		9*time.Minute + 10*time.Second: "8 %, about 9 minutes left",
		61 * time.Second:               "8 %, about 1 minute left",
		59 * time.Second:               "8 %, about 1 minute left",
		48 * time.Second:               "8 %, about 50 seconds left",
		time.Second:                    "8 %, about 5 seconds left",
		80*time.Minute + time.Second:   "8 %, about 1 hour 20 minutes left",
		0:                              "8 %, longer than expected",
		-time.Minute:                   "8 %, longer than expected",
	} {
		if got := p.progress(task.Task{Percent: 8, ExpectedEnd: now.Add(left)}).Text; got != want {
			t.Errorf("%v: %q, want %q", left, got, want)
		}
	}
	if got := p.progress(task.Task{Percent: 8}).Text; got != "8 %" {
		t.Errorf("without an estimate: %q", got)
	}
}

func TestPageOf(t *testing.T) {
	for path, want := range map[string]string{
		"/appliance/users/2/delete": pathUsers, "/appliance/users": pathUsers, "/appliance/my-account/tokens": pathAccount,
		"/appliance/networking/addresses/a1": pathNetwork, "/appliance/networking/ip/global": pathNetwork,
		"/appliance/status/reboot": pathBasics, "/appliance/status/health/x/acknowledge": pathHealth, "/appliance/status/tasks/x": pathTasks,
		"/appliance/security/audit/export": pathAudit, "/appliance/pending/x/keep": pathRoot, "/appliance/usersX": pathRoot, "/": pathRoot,
	} {
		if got := pageOf(path); got != want {
			t.Errorf("%s belongs to %s, want %s", path, got, want)
		}
	}
}
