// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"understudy/appliance/layout"
	"understudy/appliance/revision"
)

func TestEveryZoneLoads(t *testing.T) {
	t.Parallel()
	zones := Zones()
	if len(zones) < 400 || zones[0] != "UTC" || !slices.Contains(zones, "Europe/Vienna") {
		t.Errorf("%d zones, the first %q", len(zones), zones[0])
	}
	for _, z := range zones {
		if _, err := Zone(z); err != nil {
			t.Errorf("%s: %v", z, err)
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		settings Settings
		field    string // empty: valid
	}{
		"as delivered":   {DefaultSettings(), ""},
		"an older name":  {Settings{"US/Pacific", 60}, ""},
		"no zone":        {Settings{"", 60}, "zone"},
		"this machine's": {Settings{"Local", 60}, "zone"},
		"a path":         {Settings{"../../etc/passwd", 60}, "zone"},
		"nonsense":       {Settings{"Mars/Olympus", 60}, "zone"},
		"escapes":        {Settings{"\x1b[2J", 60}, "zone"},
		"no step":        {Settings{"UTC", 0}, "maxStepSeconds"},
		"negative step":  {Settings{"UTC", -5}, "maxStepSeconds"},
		"two days":       {Settings{"UTC", 2 * 86400}, "maxStepSeconds"},
		"overflow":       {Settings{"UTC", 1 << 60}, "maxStepSeconds"},
		"overflow to 1s": {Settings{"UTC", 1<<55 + 1}, "maxStepSeconds"},
	} {
		var invalid *InvalidError
		err := tc.settings.Validate()
		if tc.field == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if tc.field != "" && (!errors.As(err, &invalid) || invalid.Fields[tc.field] == "" || len(invalid.Fields) != 1) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// started is a box whose loop does not run.
func started(t *testing.T, b *box, seed layout.Seed) error {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	b.Changed = nil
	return b.load(ctx, seed)
}

func TestZoneOfTheSeedIsForTheFirstStart(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	if err := started(t, b, layout.Seed{Timezone: "Europe/Vienna"}); err != nil {
		t.Fatal(err)
	}
	zone, rev, err := b.Zone(t.Context())
	if err != nil || zone != "Europe/Vienna" || b.Location().String() != zone || b.Status().Zone != zone {
		t.Errorf("zone %q, %v", zone, err)
	}
	if err := b.SetZone(t.Context(), admin, rev, "Asia/Tokyo"); err != nil {
		t.Fatal(err)
	}
	if err := started(t, b, layout.Seed{Timezone: "Europe/Vienna"}); err != nil || b.Location().String() != "Asia/Tokyo" {
		t.Errorf("after a restart: %v, %v", b.Location(), err)
	}
	if err := b.SetZone(t.Context(), admin, rev, "UTC"); !errors.Is(err, revision.ErrStale) {
		t.Errorf("a change of an old revision: %v", err)
	}
	var invalid *InvalidError
	if err := b.SetZone(t.Context(), admin, -1, "Nowhere"); !errors.As(err, &invalid) || b.Location().String() != "Asia/Tokyo" {
		t.Errorf("a zone that does not exist: %v", err)
	}
	list, err := b.Book.List(t.Context(), Area, 0, 10)
	if err != nil || len(list) != 2 {
		t.Fatalf("revisions %+v, %v", list, err)
	}
	if err := b.Book.Revert(t.Context(), admin, list[0].ID); err != nil || b.Location().String() != "Europe/Vienna" {
		t.Errorf("reverted to %v, %v", b.Location(), err)
	}
}

func TestUnknownZoneInTheSeed(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	var invalid *InvalidError
	if err := started(t, b, layout.Seed{Timezone: "Mars/Olympus"}); !errors.As(err, &invalid) || b.Location() != time.UTC {
		t.Errorf("%v, %v", err, b.Location())
	}
}

func TestPartsOfAnOffset(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		offset               time.Duration
		seconds, nanoseconds int64
	}{{0, 0, 0}, {1500 * time.Millisecond, 1, 5e8}, {-1500 * time.Millisecond, -2, 5e8}, {-time.Second, -1, 0}, {-1, -1, 999999999}} {
		if s, n := parts(tc.offset); s != tc.seconds || n != tc.nanoseconds {
			t.Errorf("%v: %d s + %d ns", tc.offset, s, n)
		}
	}
}

// The loop asks at once when it starts, when the servers are changed and when
// somebody consents, not at its next turn.
func TestLoopIsQuick(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	changed := make(chan struct{})
	b.Changed = changed
	first, second := newServer(t, honest), newServer(t, lying(3*time.Hour))
	b.servers(first)
	if err := b.Start(t.Context(), layout.Seed{}); err != nil {
		t.Fatal(err)
	}
	<-first.heard
	b.servers(second)
	changed <- struct{}{} // taken only when the first poll is over
	<-second.heard
	// The loop takes a signal when the poll before it is over.
	nudge := func(enough func() bool) {
		for range 20 {
			if changed <- struct{}{}; enough() {
				return
			}
		}
		t.Fatalf("after 20 polls: %+v", b.Status())
	}
	nudge(func() bool { return b.Status().State == Refusing })
	if err := b.Consent(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	nudge(func() bool { return b.Status().Synchronised })
	b.stands(Synchronised, "", 3*time.Hour)
}

// Without a server there is none that could be silent.
func TestNoTimeServer(t *testing.T) {
	t.Parallel()
	b := newBox(t, 0)
	if !b.Status().Unset {
		t.Error("no server is set, and the status does not say so")
	}
	b.servers(&timeServer{address: "192.0.2.123:123"})
	if b.Status().Unset {
		t.Error("a server is set, and the status says that none is")
	}
}
