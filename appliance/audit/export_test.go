// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"
)

func exported(t testing.TB, l *Log) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := l.Export(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func smallExport(t *testing.T) []byte {
	l, _ := openLog(t)
	write(t, l, ada, "user.add", "grace", `quotes " and <tags> & ünïcode`)
	write(t, l, ada, "user.delete", "grace", "")
	write(t, l, System, "start", "", "")
	return exported(t, l)
}

func verifyBytes(t testing.TB, b []byte) Report {
	t.Helper()
	r, err := VerifyExport(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnExportVerifies(t *testing.T) {
	l, _ := openLog(t)
	if r := verifyBytes(t, exported(t, l)); !r.OK || r.Events != 0 {
		t.Errorf("of an empty log: %+v", r)
	}
	write(t, l, ada, "test", "x", "y")
	if err := l.Append(t.Context(), ada, refused("admin")); err != nil {
		t.Fatal(err)
	}
	if got, want := verifyBytes(t, exported(t, l)), verified(t, l); got != want || !got.OK {
		t.Errorf("the export says %+v, the log %+v", got, want)
	}
}

// fill appends n events at once.
func fill(t *testing.T, l *Log, n int) {
	t.Helper()
	d := draft{by: ada, entry: Entry{Action: "test", Outcome: OK, Detail: strings.Repeat("x", 100)}, count: 1}
	if err := l.write(t.Context(), slices.Repeat([]draft{d}, n)); err != nil {
		t.Fatal(err)
	}
}

// stuck is a client that takes nothing until it is let go.
type stuck struct{ reached, release chan struct{} }

func (s stuck) Write([]byte) (int, error) {
	s.reached <- struct{}{}
	<-s.release
	return 0, errors.New("gone")
}

func TestClientsThatTakeNothingBlockNoReader(t *testing.T) {
	l, db := openLog(t)
	fill(t, l, exportBatch)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // only a failure waits for it
	defer cancel()
	s := stuck{make(chan struct{}), make(chan struct{})}
	var exports sync.WaitGroup
	defer exports.Wait()
	defer close(s.release)
	const clients = 20 // more than the database has readers
	for range clients {
		exports.Go(func() { _ = l.Export(ctx, s) })
	}
	for i := range clients {
		select {
		case <-s.reached:
		case <-ctx.Done():
			t.Fatalf("%d of %d exports have begun: the others wait for a reader", i, clients)
		}
	}
	if err := db.Read(ctx, func(*sql.Tx) error { return nil }); err != nil {
		t.Error(err)
	}
}

// onWrite does something once, before it takes the first bytes.
type onWrite struct {
	bytes.Buffer
	once sync.Once
	call func()
}

func (w *onWrite) Write(b []byte) (int, error) {
	w.once.Do(w.call)
	return w.Buffer.Write(b)
}

func TestAnExportIsOfTheMomentItBegan(t *testing.T) {
	l, _ := openLog(t)
	fill(t, l, 2*exportBatch+1)
	want := verified(t, l)
	w := &onWrite{call: func() { fill(t, l, exportBatch) }}
	if err := l.Export(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	if got := verifyBytes(t, w.Bytes()); got != want || !got.OK {
		t.Errorf("the export says %+v, the log said %+v", got, want)
	}
}

func TestEventsThatGoDuringAnExportAreAnError(t *testing.T) {
	for name, harm := range map[string]string{
		"within":  `DELETE FROM audit_event WHERE seq = 2 * 256`,
		"the end": `DELETE FROM audit_event WHERE seq > 2 * 256`,
	} {
		t.Run(name, func(t *testing.T) {
			l, db := openLog(t)
			fill(t, l, 2*exportBatch+1)
			w := &onWrite{call: func() { tamper(t, db, harm) }}
			if err := l.Export(t.Context(), w); err == nil || !strings.Contains(err.Error(), "512 of 513") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestEveryChangedByteOfAnExportIsFound(t *testing.T) {
	b := smallExport(t)
	end := bytes.IndexByte(b, '\n') // the header is not part of the chain
	for i := end + 1; i < len(b); i++ {
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			bad := bytes.Clone(b)
			bad[i] ^= flip
			if r := verifyBytes(t, bad); r.OK {
				t.Fatalf("byte %d changed from %q to %q unnoticed", i, b[i], bad[i])
			}
		}
	}
}

func TestBadExports(t *testing.T) {
	b := string(smallExport(t))
	lines := strings.SplitAfter(b, "\n")
	head, events, foot := lines[0], lines[1:4], lines[4]
	for name, c := range map[string]struct{ file, reason string }{
		"empty":                {"", "empty"},
		"another file":         {"%PDF-1.7\n", "not an export"},
		"no header":            {strings.Join(lines[1:], ""), "not an export"},
		"unknown version":      {strings.Replace(b, `"version":1`, `"version":2`, 1), "version 2"},
		"cut before footer":    {head + strings.Join(events, ""), "cut short"},
		"cut within a line":    {b[:len(b)/2], "edited"},
		"last event missing":   {head + events[0] + events[1] + foot, "cut short"},
		"middle event missing": {head + events[0] + events[2] + foot, "removed"},
		"events swapped":       {head + events[1] + events[0] + events[2] + foot, "removed or moved"},
		"event twice":          {head + events[0] + events[0] + events[1] + events[2] + foot, "removed or moved"},
		"more after the end":   {b + events[0], "after the footer"},
		"an unknown field":     {strings.Replace(b, `"seq":1,`, `"seq":1,"x":0,`, 1), "edited"},
		"a field twice":        {strings.Replace(b, `"seq":1,`, `"seq":1,"seq":1,`, 1), "edited"},
		"other white space":    {strings.Replace(b, `"seq":1,`, `"seq": 1,`, 1), "edited"},
		"carriage returns":     {strings.ReplaceAll(b, "\n", "\r\n"), "not an export"},
		"time spelled oddly":   {strings.Replace(b, `12:01:00.000Z`, `12:01:00,000Z`, 1), "time"},
		"no last line feed":    {strings.TrimSuffix(b, "\n"), ""},
		"a line without end":   {head + strings.Repeat("a", 10<<20), "longer"},
	} {
		t.Run(name, func(t *testing.T) {
			r := verifyBytes(t, []byte(c.file))
			if r.OK != (c.reason == "") || !strings.Contains(r.Reason, c.reason) {
				t.Errorf("report %+v, want %q", r, c.reason)
			}
		})
	}
}

func TestAReaderThatFailsIsAnError(t *testing.T) {
	broken := errors.New("cable pulled")
	r := io.MultiReader(bytes.NewReader(smallExport(t)), iotest.ErrReader(broken))
	if _, err := VerifyExport(r); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func FuzzVerifyExport(f *testing.F) {
	head := `{"format":"understudy-audit","version":1,"exported":"2026-01-01T00:00:00.000Z"}` + "\n"
	f.Add([]byte(head + `{"events":0,"head":"` + genesis + `"}` + "\n"))
	f.Add([]byte(head + `{"seq":1}` + "\n"))
	f.Add([]byte("{}\n{}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := verifyBytes(t, b)
		if r.OK == (r.Reason != "") || r.Events < 0 {
			t.Errorf("contradictory report %+v", r)
		}
		// Whatever passes is the export of the events it holds.
		if r.OK && int64(bytes.Count(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"))) != r.Events+1 {
			t.Errorf("%d events in %q", r.Events, b)
		}
	})
}
