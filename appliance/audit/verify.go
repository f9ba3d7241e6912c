// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Verify reads the whole log and checks the chain. The error is for a log that
// could not be read; what is wrong with a log that could be is in the report.
func (l *Log) Verify(ctx context.Context) (Report, error) {
	if err := l.Flush(ctx); err != nil {
		return Report{}, err
	}
	var report Report
	err := l.db.Read(ctx, func(tx *sql.Tx) error {
		var err error
		report, err = verify(ctx, tx)
		return err
	})
	if err != nil {
		return Report{}, fmt.Errorf("verify the audit log: %w", err)
	}
	return report, nil
}

func verify(ctx context.Context, tx *sql.Tx) (Report, error) {
	c := newChain()
	for e, err := range query(ctx, tx, everything) {
		if err != nil {
			return Report{}, err
		}
		if reason := c.add(e); reason != "" {
			return c.report(e.Seq, reason), nil
		}
	}
	var reason string
	seq, head, err := readHead(ctx, tx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		reason = "the record of where the log ends is missing"
	case err != nil:
		return Report{}, err
	default:
		reason = c.end(seq, head)
	}
	return c.report(c.seq+1, reason), nil
}
