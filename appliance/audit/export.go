// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// An export is JSON Lines: a header, the events from the first on, a footer.
// Every line is the one encoding that its struct has, so a file that was
// touched anywhere is not an export any more.
const (
	exportFormat  = "understudy-audit"
	exportVersion = 1
	maxLine       = 16 << 10 // bytes; four times the longest line that can be
	exportBatch   = 256      // events read at once, at most 1 MiB of lines
)

type header struct {
	Format   string `json:"format"`
	Version  int    `json:"version"`
	Exported string `json:"exported"`
}

type record struct {
	Seq     int64  `json:"seq"`
	At      string `json:"at"`
	Actor   string `json:"actor"`
	Address string `json:"address"`
	Via     string `json:"via"`
	Action  string `json:"action"`
	Object  string `json:"object"`
	Outcome string `json:"outcome"`
	Detail  string `json:"detail"`
	Count   int64  `json:"count"`
	Prev    string `json:"prev"`
	Hash    string `json:"hash"`
}

type footer struct {
	Events int64  `json:"events"`
	Head   string `json:"head"`
}

const timeLayout = "2006-01-02T15:04:05.000Z"

func (e Event) record() record {
	return record{
		Seq: e.Seq, At: e.At.UTC().Format(timeLayout), Actor: e.Name, Address: e.Address, Via: e.Via,
		Action: e.Action, Object: e.Object, Outcome: e.Outcome, Detail: e.Detail, Count: e.Count, Prev: e.Prev, Hash: e.Hash,
	}
}

func (r record) event() (Event, error) {
	at, err := time.Parse(timeLayout, r.At)
	if err != nil {
		return Event{}, err
	}
	if at.Format(timeLayout) != r.At { // time.Parse is lenient
		return Event{}, fmt.Errorf("unusual spelling of a time: %q", r.At)
	}
	return Event{
		Seq: r.Seq, At: at, Actor: Actor{Name: r.Actor, Address: r.Address, Via: r.Via},
		Entry: Entry{Action: r.Action, Object: r.Object, Outcome: r.Outcome, Detail: r.Detail},
		Count: r.Count, Prev: r.Prev, Hash: r.Hash,
	}, nil
}

// Export writes the whole log to w, as it is now. VerifyExport reads it. It
// holds no transaction while it writes to w, so a slow w keeps nobody waiting.
func (l *Log) Export(ctx context.Context, w io.Writer) error {
	if err := l.Flush(ctx); err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	err := l.export(ctx, b)
	if err == nil {
		err = b.Flush()
	}
	if err != nil {
		return fmt.Errorf("export the audit log: %w", err)
	}
	return nil
}

func (l *Log) export(ctx context.Context, w io.Writer) error {
	count, last, err := l.extent(ctx)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(header{exportFormat, exportVersion, l.now().UTC().Format(timeLayout)}); err != nil {
		return err
	}
	foot := footer{Head: genesis}
	for seq := int64(0); seq < last; {
		events, err := l.batch(ctx, seq, last)
		if err != nil {
			return err
		}
		if len(events) == 0 { // gone, see below
			break
		}
		for _, e := range events {
			if err := enc.Encode(e.record()); err != nil {
				return err
			}
			foot = footer{Events: foot.Events + 1, Head: e.Hash}
			seq = e.Seq
		}
	}
	if foot.Events != count { // nothing prunes the log: somebody else wrote to the file
		return fmt.Errorf("only %d of %d events were still there", foot.Events, count)
	}
	return enc.Encode(foot)
}

// extent returns how many events there are and the number of the last one: the
// events themselves say it, so a log whose head was touched can be exported.
func (l *Log) extent(ctx context.Context) (count, last int64, err error) {
	err = l.db.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT count(*), coalesce(max(seq), 0) FROM audit_event").Scan(&count, &last)
	})
	return count, last, err
}

// batch returns the next events after number seq, up to number last.
func (l *Log) batch(ctx context.Context, seq, last int64) (events []Event, err error) {
	const q = `SELECT ` + columns + ` FROM audit_event WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`
	err = l.db.Read(ctx, func(tx *sql.Tx) error {
		for e, err := range query(ctx, tx, q, seq, last, exportBatch) {
			if err != nil {
				return err
			}
			events = append(events, e)
		}
		return nil
	})
	return events, err
}
