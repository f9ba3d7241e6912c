// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"errors"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/store"
)

const Schema1 = ``

var ErrNotFound = errors.New("there is no such task")

type Runner struct{}

func New(db *store.DB, now func() time.Time) *Runner { return &Runner{} }
func (r *Runner) Submit(ctx context.Context, by audit.Actor, s Spec) (t Task, created bool, err error) {
	return Task{}, false, nil
}
func (r *Runner) Get(ctx context.Context, id string) (Task, error)   { return Task{}, ErrNotFound }
func (r *Runner) List(ctx context.Context, f Filter) ([]Task, error) { return nil, nil }
func (r *Runner) Log(ctx context.Context, id string, afterSeq int64) ([]LogLine, error) {
	return nil, nil
}
func (r *Runner) Live() []Task                            { return nil }
func (r *Runner) Watch(ctx context.Context) <-chan string { return nil }
func (r *Runner) Recover(ctx context.Context, byKind map[string]func(context.Context, Task) (result string, err error)) error {
	return nil
}
func (r *Runner) Close() {}

type Progress struct{}

func (p *Progress) Phase(i int)                    {}
func (p *Progress) Percent(n int)                  {}
func (p *Progress) Log(format string, args ...any) {}
func (p *Progress) Result(s string)                {}
func (p *Progress) NextStep(s string)              {}
