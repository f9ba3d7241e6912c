// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"

	"understudy/appliance/base/updates"
	"understudy/appliance/health"
	"understudy/appliance/task"
	"understudy/pkgstore/pack"
)

// preflight is what stands against installing c that package updates does not
// know of: the clock, the power, who is signed in. An add-on interrupts nobody.
func (b *box) preflight(ctx context.Context, c updates.Candidate) []updates.Finding {
	found := append(goingDown(b.services.Tasks.Live()), doubts(b.services.Health.List())...)
	if c.Kind == pack.License {
		return found
	}
	n, err := b.site.Sessions(ctx)
	return append(found, signedIn(c.Kind, n, err)...)
}

// goingDown finds the tasks that take the appliance away.
func goingDown(live []task.Task) (found []updates.Finding) {
	for _, t := range live {
		if strings.HasPrefix(t.Kind, "power.") {
			found = append(found, updates.Finding{Code: "power", Stops: true, Text: "A task is taking the appliance down: " + t.Title + ".", Fix: "Wait until it has ended.", Link: "/appliance/status/tasks/" + t.ID})
		}
	}
	return found
}

// doubts finds the warnings about the clock.
func doubts(warnings []health.Warning) (found []updates.Finding) {
	for _, w := range warnings {
		if strings.HasPrefix(w.Code, "clock.") && w.Severity >= health.Warn {
			found = append(found, updates.Finding{Code: "clock", Text: w.Text, Fix: w.Fix, Link: w.FixURL})
		}
	}
	return found
}

// signedIn says what an install does to the n people who are signed in to
// /login; err is why they could not be counted. Only a new site ends their
// sessions.
func signedIn(kind pack.Kind, n int, err error) []updates.Finding {
	end := "will be signed out"
	if kind == pack.Base {
		end = "will be interrupted while the appliance restarts"
	}
	f := updates.Finding{Code: "sessions", Fix: "Tell them, or wait until they have left."}
	switch {
	case err != nil:
		f.Text, f.Fix = fmt.Sprintf("It is not known whether people are signed in to /login: %v. Whoever is %s.", err, end), "Wait a moment and open this page again."
	case n == 0:
		return nil
	case n == 1:
		f.Text = "One person is signed in to /login and " + end + "."
	default:
		f.Text = fmt.Sprintf("%d people are signed in to /login and %s.", n, end)
	}
	return []updates.Finding{f}
}
