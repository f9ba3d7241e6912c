// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"understudy/appliance/store"
)

func verified(t *testing.T, l *Log) Report {
	t.Helper()
	r, err := l.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnUntouchedLogVerifies(t *testing.T) {
	l, _ := openLog(t)
	if r := verified(t, l); !r.OK || r.Events != 0 || r.Head != genesis {
		t.Errorf("an empty log: %+v", r)
	}
	for range 5 {
		write(t, l, ada, "test", "", "")
	}
	newest := list(t, l, Filter{Limit: 1})[0]
	if r := verified(t, l); r != (Report{Events: 5, OK: true, Head: newest.Hash}) {
		t.Errorf("report %+v", r)
	}
}

// Somebody who has the file can drop the triggers; the chain still tells.
func TestTamperingIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		harm   string
		bad    int64
		reason string
	}{
		"an edited text":         {`UPDATE audit_event SET detail = 'harmless' WHERE seq = 3`, 3, "edited"},
		"text moved to a field":  {`UPDATE audit_event SET action = action || substr(object, 1, 1), object = substr(object, 2) WHERE seq = 3`, 3, "edited"},
		"another time":           {`UPDATE audit_event SET at = at + 1 WHERE seq = 2`, 2, "edited"},
		"another count":          {`UPDATE audit_event SET count = 9 WHERE seq = 2`, 2, "edited"},
		"an event removed":       {`DELETE FROM audit_event WHERE seq = 3`, 4, "removed"},
		"one put before":         {`INSERT INTO audit_event SELECT -1, at, actor, address, via, action, object, outcome, detail, count, prev, hash FROM audit_event WHERE seq = 1`, -1, "moved"},
		"the first removed":      {`DELETE FROM audit_event WHERE seq = 1`, 2, "removed"},
		"removed and renumbered": {`DELETE FROM audit_event WHERE seq = 3; UPDATE audit_event SET seq = 3 WHERE seq = 4; UPDATE audit_event SET seq = 4 WHERE seq = 5`, 3, "does not follow"},
		"two swapped":            {`UPDATE audit_event SET seq = 99 WHERE seq = 2; UPDATE audit_event SET seq = 2 WHERE seq = 3; UPDATE audit_event SET seq = 3 WHERE seq = 99`, 2, "does not follow"},
		"the end cut off":        {`DELETE FROM audit_event WHERE seq > 3`, 4, "cut short"},
		"everything removed":     {`DELETE FROM audit_event`, 1, "cut short"},
		"the head rewritten":     {`UPDATE audit_head SET hash = zeroblob(32)`, 6, "another hash"},
		"the head rewound":       {`UPDATE audit_head SET seq = 3`, 6, "another hash"},
		"the head removed":       {`DELETE FROM audit_head`, 6, "missing"},
	} {
		t.Run(name, func(t *testing.T) {
			l, db := openLog(t)
			for _, word := range []string{"one", "two", "three", "four", "five"} {
				write(t, l, ada, "test", "thing", word)
			}
			tamper(t, db, c.harm)
			r := verified(t, l)
			if r.OK || r.BadSeq != c.bad || !strings.Contains(r.Reason, c.reason) {
				t.Errorf("report %+v, want event %d and %q", r, c.bad, c.reason)
			}
		})
	}
}

func TestTamperingIsFoundFarBehind(t *testing.T) {
	for name, c := range map[string]struct {
		harm string
		bad  int64
	}{
		"an edited text": {`UPDATE audit_event SET detail = 'harmless' WHERE seq = 2 * 256 + 1`, 513},
		"one removed":    {`DELETE FROM audit_event WHERE seq = 256`, 257},
	} {
		t.Run(name, func(t *testing.T) {
			l, db := openLog(t)
			fill(t, l, 2*exportBatch+1)
			tamper(t, db, c.harm)
			if r := verified(t, l); r.OK || r.BadSeq != c.bad {
				t.Errorf("report %+v, want event %d", r, c.bad)
			}
		})
	}
}

// Who edits an event, seals it anew and has the next one follow it must seal
// that one as well, and all others up to the head.
func TestASealCoversTheOneBefore(t *testing.T) {
	l, db := openLog(t)
	for range 3 {
		write(t, l, ada, "test", "", "")
	}
	e := list(t, l, Filter{Before: 3, Limit: 1})[0]
	e.Detail = "harmless"
	tamper(t, db, fmt.Sprintf(`UPDATE audit_event SET detail = '%s', hash = x'%s' WHERE seq = 2;
		UPDATE audit_event SET prev = x'%s' WHERE seq = 3`, e.Detail, seal(e), seal(e)))
	if r := verified(t, l); r.OK || r.BadSeq != 3 {
		t.Errorf("report %+v", r)
	}
}

// Appending goes on from the head, so an old cut stays visible.
func TestACutStaysVisible(t *testing.T) {
	l, db := openLog(t)
	for range 5 {
		write(t, l, ada, "test", "", "")
	}
	tamper(t, db, `DELETE FROM audit_event WHERE seq > 3`)
	write(t, l, ada, "test", "", "later")
	if r := verified(t, l); r.OK || r.BadSeq != 6 {
		t.Errorf("report %+v", r)
	}
}

func tamper(t *testing.T, db *store.DB, harm string) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		drop := ""
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			drop += "DROP TRIGGER " + name + ";"
		}
		if err := rows.Err(); err != nil {
			return err
		}
		_, err = tx.Exec(drop + harm)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A log of years: reading and checking it takes a page's patience. The limit is
// far from what a starved machine needs, and as far from what it would take to
// look at all events for each of them.
func TestALongLogStaysFast(t *testing.T) {
	l, _ := openLog(t)
	const events, limit = 100_000, 3 * time.Minute
	drafts := make([]draft, events)
	for i := range drafts {
		drafts[i] = draft{by: ada, entry: Entry{Action: "test", Outcome: OK, Detail: "one of very many"}, count: 1}
	}
	if err := l.write(t.Context(), drafts); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	write(t, l, ada, "rare", "", "")
	for name, f := range map[string]struct {
		filter Filter
		found  int
	}{
		"the newest":             {Filter{Limit: 1}, 1},
		"an action":              {Filter{Action: "rare"}, 1},
		"a text that is nowhere": {Filter{Text: "needle"}, 0},
	} {
		if n := len(list(t, l, f.filter)); n != f.found {
			t.Errorf("%s: %d events, want %d", name, n, f.found)
		}
	}
	if r := verified(t, l); !r.OK || r.Events != events+1 {
		t.Errorf("report %+v", r)
	}
	if took := time.Since(begin); took > limit {
		t.Errorf("it took %v, limit %v", took, limit)
	}
}
