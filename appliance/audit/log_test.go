// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/appliance/store"
)

var (
	ada   = Actor{Name: "ada", Address: "192.0.2.7", Via: "page"}
	start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// openLog returns a log whose clock moves a minute per event.
func openLog(t *testing.T) (*Log, *store.DB) {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "journal.db"), []store.Migration{{Name: "audit", SQL: Schema1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	at := start
	return New(db, func() time.Time { at = at.Add(time.Minute); return at }), db
}

func write(t *testing.T, l *Log, by Actor, action, object, detail string) {
	t.Helper()
	if err := l.Append(t.Context(), by, Entry{Action: action, Object: object, Outcome: OK, Detail: detail}); err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, l *Log, f Filter) []Event {
	t.Helper()
	events, err := l.List(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestAnEventKeepsWhatHappened(t *testing.T) {
	l, _ := openLog(t)
	entry := Entry{Action: "user.add", Object: "grace", Outcome: OK, Detail: "role read-only"}
	if err := l.Append(t.Context(), ada, entry); err != nil {
		t.Fatal(err)
	}
	got := list(t, l, Filter{})
	if len(got) != 1 {
		t.Fatalf("%d events, want 1", len(got))
	}
	want := Event{Seq: 1, At: start.Add(time.Minute), Actor: ada, Entry: entry, Count: 1, Prev: genesis, Hash: got[0].Hash}
	if got[0] != want {
		t.Errorf("got %+v\nwant %+v", got[0], want)
	}
}

func TestListChooses(t *testing.T) {
	l, _ := openLog(t)
	write(t, l, System, "start", "", "")                                 // 1
	write(t, l, ada, "user.add", "grace", "role read-only")              // 2
	write(t, l, ada, "user", "", "looked")                               // 3
	write(t, l, ada, "users.export", "", "100% of them")                 // 4
	write(t, l, Actor{Name: "grace", Via: "api"}, "sign-in", "", "Wäre") // 5
	for name, c := range map[string]struct {
		filter Filter
		want   string
	}{
		"everything":       {Filter{}, "5 4 3 2 1"},
		"by name":          {Filter{Actor: "ada"}, "4 3 2"},
		"part of a name":   {Filter{Actor: "ad"}, ""},
		"action and below": {Filter{Action: "user"}, "3 2"},
		"text of a detail": {Filter{Text: "READ-only"}, "2"},
		"text of a name":   {Filter{Text: "grace"}, "5 2"},
		"no wildcards":     {Filter{Text: "%"}, "4"},
		"no placeholders":  {Filter{Text: "r_le"}, ""},
		"across fields":    {Filter{Text: "ada192"}, ""},
		"from a moment":    {Filter{From: start.Add(4 * time.Minute)}, "5 4"},
		"to a moment":      {Filter{To: start.Add(2 * time.Minute)}, "1"},
		"a page":           {Filter{Before: 4, Limit: 2}, "3 2"},
		"all at once":      {Filter{Actor: "ada", Action: "user", Text: "grace", Limit: 9}, "2"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, e := range list(t, l, c.filter) {
				got = append(got, fmt.Sprint(e.Seq))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %v, want %s", got, c.want)
			}
		})
	}
}

func TestTextsAreCleaned(t *testing.T) {
	l, _ := openLog(t)
	by := Actor{Name: "eve\n2026-01-01 system sign-in ok", Address: "192.0.2.66", Via: "page"}
	write(t, l, by, "sign-in", strings.Repeat("ü", 500), "bad\xff\x00byte\x1b[31m")
	e := list(t, l, Filter{})[0]
	if strings.ContainsAny(e.Name, "\n\r") {
		t.Errorf("a name holds a second line: %q", e.Name)
	}
	if len(e.Object) > maxObject || !strings.HasSuffix(e.Object, "ü…") {
		t.Errorf("an object of %d bytes ending in %q", len(e.Object), e.Object[len(e.Object)-8:])
	}
	if want := "bad\uFFFD byte [31m"; e.Detail != want {
		t.Errorf("detail %q, want %q", e.Detail, want)
	}
}

func TestAnEventIsWrittenThoughNobodyWaits(t *testing.T) {
	l, _ := openLog(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Append(ctx, ada, Entry{Action: "power.off", Outcome: OK}); err != nil {
		t.Fatal(err)
	}
	if got := list(t, l, Filter{}); len(got) != 1 {
		t.Errorf("%d events, want 1", len(got))
	}
}

func TestManyWritersMakeOneChain(t *testing.T) {
	l, _ := openLog(t)
	l.now = time.Now
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() {
			for i := range 20 {
				if err := l.Append(t.Context(), ada, Entry{Action: "test", Object: fmt.Sprint(w, i), Outcome: OK}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if r := verified(t, l); !r.OK || r.Events != 160 {
		t.Errorf("report %+v", r)
	}
}

func TestTheTablesRefuseOtherWrites(t *testing.T) {
	l, db := openLog(t)
	write(t, l, ada, "one", "", "")
	write(t, l, ada, "two", "", "")
	for _, statement := range []string{
		`UPDATE audit_event SET detail = 'nothing to see' WHERE seq = 1`,
		`DELETE FROM audit_event WHERE seq = 2`,
		`DELETE FROM audit_event`,
		`REPLACE INTO audit_event SELECT seq, at, 'eve', address, via, action, object, outcome, detail, count, prev, hash FROM audit_event WHERE seq = 1`,
		`INSERT INTO audit_event SELECT 9, at, actor, address, via, action, object, outcome, detail, count, prev, hash FROM audit_event WHERE seq = 1`,
		`INSERT INTO audit_event SELECT 3, at, actor, address, via, action, object, outcome, detail, count, prev, hash FROM audit_event WHERE seq = 1`,
		`UPDATE audit_head SET seq = 1`,
		`UPDATE audit_head SET hash = zeroblob(32)`,
		`DELETE FROM audit_head`,
		`REPLACE INTO audit_head VALUES (1, 0, zeroblob(32))`,
	} {
		err := db.Write(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec(statement)
			return err
		})
		if err == nil {
			t.Errorf("accepted: %s", statement)
		}
	}
	if r := verified(t, l); !r.OK || r.Events != 2 {
		t.Errorf("report %+v", r)
	}
}
