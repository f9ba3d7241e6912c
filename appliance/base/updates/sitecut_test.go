// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"bytes"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/appliance/task"
	"understudy/pkgstore/pack"
)

// power is cut where a test says: what runs ends there, and nothing is undone.
type power struct {
	at   string
	once sync.Once
	off  chan struct{} // closed when it is cut
}

func (p *power) passes(point string) {
	if point == p.at {
		p.once.Do(func() { close(p.off); runtime.Goexit() })
	}
}

// cut lets the power of a box go at a point of the next update.
func (b *box) cut(point string) *power {
	p := &power{at: point, off: make(chan struct{})}
	b.site.at = p.passes
	b.released = func() { p.passes("before the task has ended") }
	written := 0
	b.journal.now = func() time.Time {
		written++
		p.passes([]string{"", "before it is written down", "before its end is written down"}[min(written, 2)])
		return time.Now()
	}
	return p
}

var points = []struct {
	name     string
	switched bool
}{
	{"before it is written down", false}, {"before the switch", false}, {"after the switch", true},
	{"before its end is written down", true}, {"before the task has ended", true},
}

// The power goes at any step of an update that is not of the Base software.
// History and task then say what the record of the site says, and nothing that
// is left refuses what can still be done.
func TestThePowerGoesDuringAnotherUpdate(t *testing.T) {
	site := pack.Summary{Release: pack.Release{Kind: pack.Site, Version: "12.2.0", Tree: 1}, Name: "Bomgar-12.2.0", Customer: &pack.Customer{ID: "c1", Licenses: 5}}
	newTree := func(s *pack.Summary) { s.Tree = 2 }
	addOn := site
	addOn.Format, addOn.Product, addOn.Architecture, addOn.Build, addOn.Built = 1, pack.Product, pack.Architecture, "test", oldBase.Built
	addOn.Kind, addOn.Version, addOn.Name = pack.License, "2", "Licenses"
	addOn.Customer = &pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 50}
	for kind, file := range map[string]func(*box) []byte{
		"another version": func(b *box) []byte { return b.siteFile("14.2.1", "c1", "3.3.2") },
		"another tree":    func(b *box) []byte { return b.siteFileOf("12.2.0", "c1", "3.3.2", newTree) },
		"an add-on":       func(b *box) []byte { var out bytes.Buffer; b.vendor.Sign(&out, addOn, nil); return out.Bytes() },
	} {
		for _, at := range points {
			t.Run(kind+", "+at.name, func(t *testing.T) {
				b := newBox(t, "uefi")
				installed := site
				b.site.installed = &installed
				file := file(b)
				r, err := b.bring(file)
				if err != nil {
					t.Fatal(err)
				}
				p := b.cut(at.name)
				started, _, err := b.installID(ada, r.ID, Choice{Accepted: true, Override: true})
				if err != nil {
					t.Fatal(err)
				}
				<-p.off
				b.stop()
				b.site.at, b.released = nil, nil
				b.boot()
				b.isTrue(started.ID, r, at.switched)
				if !at.switched {
					again, _, err := b.installID(ada, r.ID, Choice{Accepted: true, Override: true})
					if err != nil {
						t.Fatal(err)
					}
					b.end(again.ID)
					b.isTrue(again.ID, r, true)
				}
				if _, err := b.bring(file); err == nil || !strings.Contains(err.Error(), "installed already") {
					t.Errorf("once more: %v", err)
				}
			})
		}
	}
}

// isTrue fails unless everything says of an update that it was installed, or
// that it was not.
func (b *box) isTrue(id string, r Ready, installed bool) {
	b.t.Helper()
	past, err := b.History(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	end, left := b.end(id), strings.Join(b.left(), " ")
	if got, want := b.results(r.Name), map[bool]string{true: "ok", false: "failed"}[installed]; got != want {
		b.t.Errorf("the audit log says %q, not %q", got, want)
	}
	if installed {
		if len(past) == 0 || past[0].State != Good || past[0].Reason != "" || end.State != task.Done || end.Result != r.Name+" is installed." || left != "" {
			b.t.Errorf("it is installed; history %+v, task %+v, left %q", past, end, left)
		}
		return
	}
	if len(past) > 0 && (past[0].State != Failed || past[0].Reason != interrupted) || end.State != task.Interrupted || left != "packages/"+r.ID {
		b.t.Errorf("it is not installed; history %+v, task %+v, left %q", past, end, left)
	}
}
