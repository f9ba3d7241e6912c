// SPDX-License-Identifier: Apache-2.0

package server

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"understudy/appliance/store"
)

// However many pieces there are, in whatever order: what went out counts, and
// as long as they are told apart nothing else does.
func TestParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sent := make([]bool, 1000)
		var p parts
		exact := true
		for range rapid.IntRange(1, 600).Draw(t, "pieces") {
			from := rapid.IntRange(0, len(sent)-1).Draw(t, "from")
			to := min(from+rapid.IntRange(0, 3).Draw(t, "length"), len(sent))
			for i := from; i < to; i++ {
				sent[i] = true
			}
			p = p.add(int64(from), int64(to))
			exact = exact && len(p) < maxParts
			if len(p) > maxParts {
				t.Fatalf("%d parts", len(p))
			}
		}
		have := make([]bool, len(sent))
		for i, x := range p {
			if x[0] >= x[1] || i > 0 && x[0] <= p[i-1][1] {
				t.Fatalf("parts %v", p)
			}
			for at := x[0]; at < x[1]; at++ {
				have[at] = true
			}
		}
		for i := range sent {
			if sent[i] && !have[i] || exact && have[i] && !sent[i] {
				t.Fatalf("byte %d went out: %v; parts %v", i, sent[i], p)
			}
		}
	})
}

// A download in more pieces than are told apart takes no more room for it.
func TestManyParts(t *testing.T) {
	var p parts
	for i := range int64(10 * maxParts) {
		p = p.add(2*i, 2*i+1)
	}
	if len(p) != maxParts || p.bytes() < 10*maxParts || p[0][0] != 0 || p[maxParts-1][1] != 20*maxParts-1 {
		t.Errorf("%d parts of %d bytes: %v", len(p), p.bytes(), p)
	}
}

// A download that was cut under the first schema goes on under this one.
func TestDownloadBegunBefore(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(dir, "server.db"), migrations[:1])
	if err == nil {
		err = db.Write(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec(`INSERT INTO customer VALUES ('c1', 'One', 'support.example.com', 5, 0, 0, 0, 0);
				INSERT INTO appliance VALUES ('US-1', 'c1', NULL, '', '[]', 0, 0, '', '');
				INSERT INTO download VALUES ('US-1', 'p.pkg', x'00', 'running', 'f', 10, 4, 1, 1, 0)`)
			return err
		})
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Data: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d := download{serial: "US-1", file: "f"}
	d.item.Name = "p.pkg"
	for _, x := range []struct {
		from, to int64
		want     string
	}{{7, 10, "running"}, {4, 7, "done"}} {
		if err := s.served(t.Context(), d, x.from, x.to); err != nil {
			t.Fatal(err)
		}
		if list, err := s.Downloads(t.Context()); err != nil || len(list) != 1 || list[0].State != x.want {
			t.Errorf("after bytes %d to %d: %+v, %v", x.from, x.to, list, err)
		}
	}
}
