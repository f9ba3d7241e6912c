// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"context"
	"fmt"
)

// maker is the box as the first boot works on it. Every method can be
// repeated: called again after a power cut at any point, it ends in the same
// state as if it had not been interrupted.
type maker interface {
	finished() string                    // the last step that was finished, from the record; empty at the start
	finish(step string) error            // on disk when it returns
	makeKey() error                      // the record, and in it the key of the state
	growTable() error                    // the state partition reaches the end of the disk
	makeIdentity() error                 // serial, GUID and identity key
	writeTemplate(context.Context) error // an empty file system, encrypted
	growState(ctx context.Context) error // the file system fills its partition
}

// firstBootStep is a row of the table.
type firstBootStep struct {
	name string
	act  func(context.Context, maker) error
}

// firstBootSteps make a box of a fresh image, and a new state after a factory
// reset. The record says which step was finished last; the next boot goes on
// behind it.
var firstBootSteps = []firstBootStep{
	{"record", func(_ context.Context, m maker) error { return m.makeKey() }},
	{"table", func(_ context.Context, m maker) error { return m.growTable() }},
	{"identity", func(_ context.Context, m maker) error { return m.makeIdentity() }},
	{"template", func(ctx context.Context, m maker) error { return m.writeTemplate(ctx) }},
	{"grow", func(ctx context.Context, m maker) error { return m.growState(ctx) }},
}

// FirstBootSteps returns the names of the steps as they appear on the console,
// in order.
func FirstBootSteps() []string {
	var names []string
	for _, s := range firstBootSteps {
		names = append(names, s.name)
	}
	return names
}

// firstBootDone reports whether the step that was finished last is the last
// one.
func firstBootDone(finished string) bool {
	return finished == firstBootSteps[len(firstBootSteps)-1].name
}

// runFirstBoot does the steps that are not yet done.
func runFirstBoot(ctx context.Context, m maker, say func(format string, args ...any)) error {
	next, err := firstBootNext(m.finished())
	if err != nil {
		return err
	}
	for _, s := range firstBootSteps[next:] {
		say("first-boot %s start", s.name)
		if err := s.act(ctx, m); err != nil {
			return fmt.Errorf("first boot, step %s: %w", s.name, err)
		}
		if err := m.finish(s.name); err != nil {
			return fmt.Errorf("first boot, end of step %s: %w", s.name, err)
		}
		say("first-boot %s done", s.name)
	}
	return nil
}

// firstBootNext finds the step to go on with. A name that is not in the table
// was written by another version of this program; to guess would be to
// overwrite a state.
func firstBootNext(finished string) (int, error) {
	if finished == "" {
		return 0, nil
	}
	for i, s := range firstBootSteps {
		if s.name == finished {
			return i + 1, nil
		}
	}
	return 0, fmt.Errorf("the record says that first boot finished the step %.40q, which this version does not know", finished)
}
