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

// Export writes the whole log to w, as it is now. VerifyExport reads it.
func (l *Log) Export(ctx context.Context, w io.Writer) error {
	if err := l.Flush(ctx); err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	err := l.db.Read(ctx, func(tx *sql.Tx) error {
		if err := enc.Encode(header{exportFormat, exportVersion, l.now().UTC().Format(timeLayout)}); err != nil {
			return err
		}
		foot := footer{Head: genesis}
		for e, err := range query(ctx, tx, everything) {
			if err != nil {
				return err
			}
			if err := enc.Encode(e.record()); err != nil {
				return err
			}
			foot = footer{Events: foot.Events + 1, Head: e.Hash}
		}
		return enc.Encode(foot)
	})
	if err == nil {
		err = b.Flush()
	}
	if err != nil {
		return fmt.Errorf("export the audit log: %w", err)
	}
	return nil
}
