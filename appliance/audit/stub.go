// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"io"
	"time"

	"understudy/appliance/store"
)

const Schema1 = ``

type Log struct{}

func New(db *store.DB, now func() time.Time) *Log                  { return &Log{} }
func (l *Log) Append(ctx context.Context, by Actor, e Entry) error { return nil }
func (l *Log) List(ctx context.Context, f Filter) ([]Event, error) { return nil, nil }
func (l *Log) Verify(ctx context.Context) (Report, error)          { return Report{}, nil }
func (l *Log) Export(ctx context.Context, w io.Writer) error       { return nil }
func VerifyExport(r io.Reader) (Report, error)                     { return Report{}, nil }
