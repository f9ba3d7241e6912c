// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/task"
	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/trust"
)

const day = 24 * time.Hour

// wrong is metadata that the server sends some days after the box has checked
// for updates.
type wrong struct {
	days  int
	seen  bool                              // the box has checked once more, and seen the second
	sends func(p past) updatestest.Metadata // nil: what it has
	renew bool                              // all but the root is signed anew then
	says  string                            // which metadata it is, and what is wrong with it
	clock bool                              // the clock may be why
}

// past is what the vendor has published until then: first, which the box has
// seen, and a day after it second, with one more package. Now is the box's time.
type past struct {
	*updatestest.Vendor
	first, second updatestest.Metadata
	now           time.Time
}

// dated is the second, of which one role's last day was yesterday.
func (p past) dated(expired string) updatestest.Metadata {
	last := map[string]time.Time{}
	for _, role := range []string{"timestamp", "snapshot", "targets"} {
		last[role] = p.now.Add(day)
	}
	last[expired] = p.now.Add(-day)
	return p.Dated(p.second, last)
}

var wrongs = map[string]wrong{
	"the timestamp has expired": {days: 9,
		sends: func(p past) updatestest.Metadata { return p.second },
		says:  "timestamp metadata is out of date", clock: true},
	"frozen: the timestamp of before, which has expired": {days: 8,
		sends: func(p past) updatestest.Metadata { return p.first },
		says:  "timestamp metadata is out of date, the update server shows an old state", clock: true},
	"the snapshot has expired": {days: 9,
		sends: func(p past) updatestest.Metadata { return p.dated("snapshot") },
		says:  "snapshot metadata is out of date", clock: true},
	"the targets have expired": {days: 2,
		sends: func(p past) updatestest.Metadata { return p.dated("targets") },
		says:  "targets metadata has expired", clock: true},
	"the root has expired": {days: 11 * 365, renew: true,
		says: "root metadata has expired", clock: true},
	"rolled back": {days: 2, seen: true,
		sends: func(p past) updatestest.Metadata { return p.first },
		says:  "timestamp metadata is older than what was accepted before"},
	"mixed: the targets of the first with the snapshot of the second": {days: 2,
		sends: func(p past) updatestest.Metadata {
			return updatestest.Metadata{p.second.Path("targets"): p.first[p.first.Path("targets")]}
		},
		says: "targets metadata does not belong to the rest"},
	"mixed: the snapshot of the first with the timestamp of the second": {days: 2,
		sends: func(p past) updatestest.Metadata {
			return updatestest.Metadata{p.second.Path("snapshot"): p.first[p.first.Path("snapshot")]}
		},
		says: "snapshot metadata does not belong to the rest"},
}

// Metadata that cannot be trusted is refused: the task says which it is and
// leads to the clock only where that may be why, nothing is offered or brought
// because of it, and what was known before still is. Once the server is right
// again, and the clock too, so is everything.
func TestMetadataIsRefused(t *testing.T) {
	for name, c := range wrongs {
		t.Run(name, func(t *testing.T) { refusesMetadata(t, c) })
	}
}

func refusesMetadata(t *testing.T, c wrong) {
	began := time.Now()
	b := newBox(t, "uefi")
	b.identify()
	s := b.serve()
	w := s.listen()
	check := func() task.Task { t.Helper(); return b.do(b.Check(t.Context(), ada)) }
	if end := check(); end.State != task.Done {
		t.Fatalf("%+v", end)
	}
	p := past{Vendor: b.vendor, first: b.vendor.Published(s.view), now: began.Add(time.Duration(c.days) * day)}
	offered := append(s.targets[:len(s.targets):len(s.targets)], s.another())
	publish := func(at time.Time, anew bool) {
		t.Helper()
		if err := s.view.Publish(offered, at, anew); err != nil {
			t.Fatal(err)
		}
	}
	publish(began.Add(day), false)
	p.second = b.vendor.Published(s.view)
	if c.seen {
		check()
	}
	before, at, err := b.Offers(t.Context())
	if err != nil || len(before) < 3 {
		t.Fatalf("%+v, %v", before, err)
	}

	b.Now = func() time.Time { return p.now }
	if c.renew {
		publish(p.now, true)
	}
	if c.sends != nil {
		w.faulty(c.sends(p), nil)
	}
	refused := func(what string, end task.Task) {
		t.Helper()
		if end.State != task.Failed || !strings.Contains(end.Error, c.says) || strings.Contains(end.NextStep, "Status > Basics") != c.clock {
			t.Errorf("%s: %s: %q, next step %q", what, end.State, end.Error, end.NextStep)
		}
		if left := b.left(); len(left) != 0 || w.asked() != "" {
			t.Errorf("%s: left over: %q, packages asked for: %q", what, left, w.asked())
		}
	}
	refused("a check", check())
	refused("a download of what was offered before", b.do(b.Download(t.Context(), ada, "base-4.2.1-1.pkg")))
	after, then, err := b.Offers(t.Context())
	if err != nil || !reflect.DeepEqual(after, before) || !then.Equal(at) {
		t.Errorf("known was %+v from %s, is %+v from %s; %v", before, at, after, then, err)
	}

	b.Now = func() time.Time { return began.Add(3 * day) }
	w.faulty(nil, nil)
	publish(began.Add(3*day), true)
	if end := check(); end.State != task.Done || end.Result != "4 updates are available." {
		t.Errorf("the server is right again: %+v", end)
	}
}

// another is a package that the server has not offered yet.
func (s *server) another() trust.Target {
	s.b.t.Helper()
	entry, _ := catalogue.Find(pack.Site, "14.2.1")
	customer := pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 25}
	return s.shelve(entry, entry.For(catalogue.Build{Tree: 1, ID: "14.2.1-1", Time: oldBase.Built}, &customer), slotstest.UKI(oldBase))
}
