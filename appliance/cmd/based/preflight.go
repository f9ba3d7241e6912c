// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"

	"understudy/appliance/base/updates"
	"understudy/appliance/health"
)

// preflight is what stands against installing an update that package updates
// does not know of: the clock, the power, who is signed in.
func (b *box) preflight(ctx context.Context) (found []updates.Finding) {
	for _, t := range b.services.Tasks.Live() {
		if strings.HasPrefix(t.Kind, "power.") {
			found = append(found, updates.Finding{Code: "power", Stops: true, Text: "A task is taking the appliance down: " + t.Title + ".", Fix: "Wait until it has ended.", Link: "/appliance/status/tasks/" + t.ID})
		}
	}
	for _, w := range b.services.Health.List() {
		if strings.HasPrefix(w.Code, "clock.") && w.Severity >= health.Warn {
			found = append(found, updates.Finding{Code: "clock", Text: w.Text, Fix: w.Fix, Link: w.FixURL})
		}
	}
	switch n, err := b.site.Sessions(ctx); {
	case err != nil:
		found = append(found, updates.Finding{Code: "sessions", Text: fmt.Sprintf("It is not known whether people are signed in to /login: %v. Whoever is will be signed out.", err), Fix: "Wait a moment and open this page again."})
	case n == 1:
		found = append(found, updates.Finding{Code: "sessions", Text: "One person is signed in to /login and will be signed out.", Fix: "Tell them, or wait until they have left."})
	case n > 1:
		found = append(found, updates.Finding{Code: "sessions", Text: fmt.Sprintf("%d people are signed in to /login and will be signed out.", n), Fix: "Tell them, or wait until they have left."})
	}
	return found
}
