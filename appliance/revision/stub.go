// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/store"
)

const Schema1 = ``

var (
	ErrStale    = errors.New("somebody changed this meanwhile: look at it again and repeat your change")
	ErrNothing  = errors.New("there is nothing to revert")
	ErrNotFound = errors.New("there is no such revision")
)

type Book struct{}

func New(db *store.DB, now func() time.Time) *Book { return &Book{} }
func (b *Book) Current(ctx context.Context, area string, into any) (rev int64, err error) {
	return 0, nil
}
func (b *Book) Put(ctx context.Context, by audit.Actor, area string, base int64, doc any, reason string) (rev int64, changed bool, err error) {
	return 0, false, nil
}
func (b *Book) PutTx(ctx context.Context, tx *sql.Tx, by audit.Actor, area string, base int64, doc any, reason string) (rev int64, changed bool, err error) {
	return 0, false, nil
}
func (b *Book) List(ctx context.Context, area string, before int64, limit int) ([]Revision, error) {
	return nil, nil
}
func (b *Book) Get(ctx context.Context, id int64) (Revision, error)        { return Revision{}, ErrNotFound }
func (b *Book) Handle(area string, apply Apply)                            {}
func (b *Book) Revert(ctx context.Context, by audit.Actor, id int64) error { return ErrNothing }
func Diff(r Revision) []Line                                               { return nil }

type Line struct {
	Op   byte
	Text string
}
