// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
)

// Verify reads the whole log, as it is now, and checks the chain. The error is
// for a log that could not be read; what is wrong with a log that could be is in
// the report. Like Export it holds no transaction for longer than a batch.
func (l *Log) Verify(ctx context.Context) (Report, error) {
	err := l.Flush(ctx)
	if err != nil {
		return Report{}, err
	}
	report, err := l.verify(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("verify the audit log: %w", err)
	}
	return report, nil
}

func (l *Log) verify(ctx context.Context) (Report, error) {
	seq, head, last, err := l.ends(ctx)
	unrecorded := errors.Is(err, sql.ErrNoRows)
	if err != nil && !unrecorded {
		return Report{}, err
	}
	c := newChain()
	for at := int64(math.MinInt64); at < last; {
		events, err := l.batch(ctx, at, last)
		if err != nil {
			return Report{}, err
		}
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			if reason := c.add(e); reason != "" {
				return c.report(e.Seq, reason), nil
			}
			at = e.Seq
		}
	}
	reason := c.end(seq, head)
	if unrecorded {
		reason = "the record of where the log ends is missing"
	}
	return c.report(c.seq+1, reason), nil
}

// ends returns the end of the chain as it was recorded, and the number of the
// last event that there is. The error is sql.ErrNoRows, with last, if none was
// recorded.
func (l *Log) ends(ctx context.Context) (seq int64, head string, last int64, err error) {
	err = l.db.Read(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM audit_event").Scan(&last)
		if err == nil {
			seq, head, err = readHead(ctx, tx)
		}
		return err
	})
	return seq, head, last, err
}
