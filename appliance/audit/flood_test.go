// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func refused(name string) Entry {
	return Entry{Action: "sign-in", Object: name, Outcome: Refused, Detail: "wrong password"}
}

func total(events []Event) (n int64) {
	for _, e := range events {
		n += e.Count
	}
	return n
}

func TestAFloodOfOneKindIsCounted(t *testing.T) {
	l, _ := openLog(t)
	begun := time.Now()
	var group sync.WaitGroup
	for range 1000 {
		group.Go(func() {
			if err := l.Append(t.Context(), ada, refused("admin")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	events := list(t, l, Filter{Limit: 1000})
	if total(events) != 1000 {
		t.Errorf("%d refusals recorded, want 1000", total(events))
	}
	// At most two per window; a busy machine may need many.
	if windows := int(time.Since(begun)/window) + 1; len(events) > 2*windows {
		t.Errorf("%d events for one flood of %d windows", len(events), windows)
	}
	if events[0].Entry != refused("admin") || events[0].Actor != ada {
		t.Errorf("the counted event lost what it stands for: %+v", events[0])
	}
}

func TestAFloodOfManyNamesIsBounded(t *testing.T) {
	l, _ := openLog(t)
	l.flood.open = true // the window ends when the test says so
	for i := range 1000 {
		by := Actor{Address: fmt.Sprintf("192.0.2.%d", i%250), Via: "page"}
		if err := l.Append(t.Context(), by, refused(fmt.Sprint("user", i))); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(l.flood.counts); n > maxKinds+1 {
		t.Errorf("%d kinds in memory, limit %d", n, maxKinds+1)
	}
	events := list(t, l, Filter{Limit: 1000})
	if total(events) != 1000 || len(events) > 2*maxKinds {
		t.Errorf("%d refusals in %d events, want 1000 in at most %d", total(events), len(events), 2*maxKinds)
	}
	if e := events[0]; e.Name != "many" || e.Action != "sign-in" || e.Count != 1000-maxKinds {
		t.Errorf("the rest is recorded as %+v", e)
	}
}

func TestAFloodIsWrittenAfterASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, db := openLog(t)
		l.now = time.Now
		for range 10 {
			if err := l.Append(context.Background(), ada, refused("admin")); err != nil {
				t.Fatal(err)
			}
		}
		rows := func() (n, sum int) {
			err := db.Read(context.Background(), func(tx *sql.Tx) error {
				return tx.QueryRow("SELECT count(*), sum(count) FROM audit_event").Scan(&n, &sum)
			})
			if err != nil {
				t.Fatal(err)
			}
			return n, sum
		}
		if n, sum := rows(); n != 1 || sum != 1 {
			t.Errorf("at once: %d events for %d refusals, want the first", n, sum)
		}
		time.Sleep(window)
		synctest.Wait()
		if n, sum := rows(); n != 2 || sum != 10 {
			t.Errorf("after a second: %d events for %d refusals, want 2 for 10", n, sum)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestCountsSurviveAWriteThatFails(t *testing.T) {
	l, db := openLog(t)
	l.flood.open = true
	for range 5 {
		if err := l.Append(t.Context(), ada, refused("admin")); err != nil {
			t.Fatal(err)
		}
	}
	// A head that cannot be found is a log that cannot be written.
	tamper(t, db, `CREATE TABLE aside AS SELECT * FROM audit_head; DELETE FROM audit_head`)
	if err := l.Flush(t.Context()); !errors.Is(err, sql.ErrNoRows) {
		t.Fatalf("flushed into a log without a head: %v", err)
	}
	tamper(t, db, `INSERT INTO audit_head SELECT * FROM aside; CREATE TRIGGER audit_event_advance AFTER INSERT ON audit_event BEGIN
		UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash; END`)
	if got := total(list(t, l, Filter{})); got != 5 {
		t.Errorf("%d refusals recorded, want 5", got)
	}
}
