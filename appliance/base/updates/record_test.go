// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"
	"strings"
	"testing"

	"understudy/appliance/audit"
	"understudy/appliance/task"
)

// A check is recorded with how it ended, by whom it was asked for.
func TestACheckIsRecordedAsItEnded(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	s := b.serve()
	b.do(b.Check(t.Context(), ada))
	s.refuses = errors.New("the update server cannot be reached")
	b.do(b.Check(t.Context(), ada))
	all := b.entries("updates.check")
	if len(all) != 2 || all[1].Outcome != audit.OK || all[0].Outcome != audit.Failed || !strings.Contains(all[0].Detail, "cannot be reached") || all[0].Actor != ada {
		t.Errorf("%+v", all)
	}
}

// The power goes while the update server is asked, or before an install that
// was recorded has begun: each is recorded as failed, once.
func TestWhatTheStartFindsIsRecorded(t *testing.T) {
	const name = "Base Software 5.1.0"
	for kind, spec := range map[string]task.Spec{
		KindCheck:   {Title: "Check for updates", Key: KindCheck},
		KindBase:    {Title: "Install " + name, Key: key, Survives: true, Phases: basePhases},
		KindSite:    {Title: "Install " + name, Key: key},
		KindLicense: {Title: "Install " + name, Key: key},
	} {
		t.Run(kind, func(t *testing.T) {
			b := newBox(t, "uefi")
			off := make(chan struct{})
			spec.Kind, spec.Run = kind, func(context.Context, *task.Progress) error { <-off; return nil }
			begun, _, err := b.tasks.Submit(t.Context(), ada, spec)
			if err != nil {
				t.Fatal(err)
			}
			if kind != KindCheck {
				if err := b.audit.Append(t.Context(), ada, audit.Entry{Action: "updates.install", Object: name, Outcome: audit.OK}); err != nil {
					t.Fatal(err)
				}
			}
			// As a program of its own would: the one before has not ended its task.
			before := b.tasks
			t.Cleanup(func() { close(off); before.Close() })
			b.boot()
			b.end(begun.ID)
			b.reboot()
			if kind != KindCheck {
				if got := b.results(name); got != "failed" {
					t.Errorf("the audit log says %q", got)
				}
				return
			}
			if all := b.entries("updates.check"); len(all) != 1 || all[0].Outcome != audit.Failed || all[0].Detail == "" || all[0].Actor != ada {
				t.Errorf("%+v", all)
			}
		})
	}
}
