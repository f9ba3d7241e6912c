// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"time"
)

// Who waits for a slot: how many, and for how long. At two thirds of a second
// per hash, as the smallest box needs, the last of them waits about ten
// seconds. On a box that is slower than that he is told so, and not made to wait
// for what may be in vain.
const (
	maxWaiting  = 16
	longestWait = 20 * time.Second
)

// hasher bounds how many passwords are hashed at once.
type hasher struct {
	slots   chan struct{}
	waiting chan struct{}
}

func newHasher(slots int) *hasher {
	slots = max(slots, 1)
	return &hasher{slots: make(chan struct{}, slots), waiting: make(chan struct{}, slots+maxWaiting)}
}

// do runs f in a slot. It returns ErrBusy at once if too many wait already,
// and after longestWait without a slot, and the error of ctx if that ends first.
func (h *hasher) do(ctx context.Context, f func() error) error {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return ErrBusy
	}
	patience := time.NewTimer(longestWait)
	defer patience.Stop()
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-patience.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
	return f()
}

// hash makes the hash of a new password.
func (a *Accounts) hash(ctx context.Context, password string) (phc string, err error) {
	err = a.hasher.do(ctx, func() (err error) {
		phc, err = HashPassword(a.policy.Argon2, password)
		return err
	})
	return phc, err
}
