// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"
	"strings"
	"testing"

	"understudy/appliance/audit"
)

// entries lists what the audit log has of an action, the newest first.
func (b *box) entries(action string) []audit.Event {
	b.t.Helper()
	all, err := b.audit.List(b.t.Context(), audit.Filter{Action: action})
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

// results are the outcomes that the audit log has of the newest install of a
// package.
func (b *box) results(name string) string {
	b.t.Helper()
	var outcomes []string
	for _, e := range b.entries("updates") {
		switch {
		case e.Object != name:
		case e.Action == "updates.result":
			if outcomes = append(outcomes, e.Outcome); (e.Detail == "") != (e.Outcome == "ok") {
				b.t.Errorf("%s, because of %q", e.Outcome, e.Detail)
			}
		case e.Action == "updates.install" && e.Outcome == "ok":
			return strings.Join(outcomes, ", ")
		}
	}
	return strings.Join(outcomes, ", ") + " and no install"
}

// The audit log names the warnings that were overridden, in the words in which
// they were read, and that a version did not work before only if it was tried.
func TestWhatAnInstallWasBegunInSpiteOf(t *testing.T) {
	b := newBox(t, "uefi")
	b.mark("before")
	const warning = "One person is signed in to /login and will be interrupted while the appliance restarts."
	b.Outside = func(context.Context, Candidate) []Finding { return []Finding{{Code: "sessions", Text: warning}} }
	all := Choice{Force: true, Override: true} // as the page sends it
	b.install(all)
	detail := b.entries("updates.install")[0].Detail
	if strings.Contains(detail, "did not work before") || !strings.Contains(detail, warning) || strings.Contains(detail, "sessions") {
		t.Errorf("a version that was never tried: %q", detail)
	}
	b.fit = errors.New("its pages do not answer")
	b.reboot()
	b.restart()
	b.reboot()
	b.install(all)
	if detail := b.entries("updates.install")[0].Detail; !strings.Contains(detail, "did not work before") || strings.Contains(detail, "warning") {
		t.Errorf("a version that was sent away: %q", detail)
	}
}
