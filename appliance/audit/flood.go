// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"sync"
	"time"
)

// window is how long refusals are gathered unless a log says otherwise.
const window = time.Second

// maxKinds is how many different refusals a window tells apart. Further ones
// are counted by action only, so neither memory nor disk grows with the number
// of names a stranger tries.
const maxKinds = 64

// refusal is what makes two refusals the same.
type refusal struct {
	by    Actor
	entry Entry
}

// flood counts the refusals of the running window. The first of each kind is
// written at once and stands here with 0.
type flood struct {
	mu     sync.Mutex
	open   bool
	counts map[refusal]int64
}

// absorb says whether r is only counted; if not, the caller writes it. later
// is started once for each window, at its end.
func (f *flood) absorb(r refusal, window time.Duration, later func()) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.open {
		f.open = true
		time.AfterFunc(window, later)
	}
	if f.counts == nil {
		f.counts = map[refusal]int64{}
	}
	if _, known := f.counts[r]; known {
		f.counts[r]++
		return true
	}
	if len(f.counts) < maxKinds {
		f.counts[r] = 0
		return false
	}
	f.counts[r.blurred()]++
	return true
}

// blurred forgets who and from where. Actions and doors are words of the
// program, so there are few of these.
func (r refusal) blurred() refusal {
	return refusal{
		by:    Actor{Name: "many", Via: r.by.Via},
		entry: Entry{Action: r.entry.Action, Outcome: Refused, Detail: "More names and addresses at once than are told apart."},
	}
}

// take ends the window and returns what is still to be written of it.
func (f *flood) take() []draft {
	f.mu.Lock()
	defer f.mu.Unlock()
	var drafts []draft
	for r, n := range f.counts {
		if n > 0 {
			drafts = append(drafts, draft{by: r.by, entry: r.entry, count: n})
		}
	}
	f.open, f.counts = false, nil
	return drafts
}

// putBack keeps what could not be written for the next window.
func (f *flood) putBack(drafts []draft) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counts == nil {
		f.counts = map[refusal]int64{}
	}
	for _, d := range drafts {
		f.counts[refusal{d.by, d.entry}] += d.count
	}
}

// Flush writes what was only counted so far. When the same refusal comes again
// within a second, it is counted, and one event with that Count is written at
// the end of the second. Call Flush before the database is closed; reading the
// log does it by itself.
func (l *Log) Flush(ctx context.Context) error {
	drafts := l.flood.take()
	if len(drafts) == 0 {
		return nil
	}
	if err := l.write(ctx, drafts); err != nil {
		l.flood.putBack(drafts)
		return err
	}
	return nil
}

// flushLater ends a window. An error is not lost: the counts are kept, and
// whoever reads or appends next meets the same trouble.
func (l *Log) flushLater() {
	_ = l.Flush(context.Background())
}
