// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"understudy/appliance/base/slots"
)

// The drivers of the boot partition's file system, and of the firmware's
// variables in which UEFI says what booted, are not waited for by the start:
// whoever needs them may have to try for a while after it.
const (
	driverPeriod = 500 * time.Millisecond
	driverLimit  = 2 * time.Minute
)

// patiently tries until it is not too early any more. The last try, after the
// limit, is told that it is: what is still so then is the caller's to deal with.
func patiently(ctx context.Context, try func(last bool) (early bool, err error)) error {
	tick := time.NewTicker(driverPeriod)
	defer tick.Stop()
	late := time.After(driverLimit)
	for last := false; ; {
		early, err := try(last)
		if !early || last {
			return err
		}
		select {
		case <-tick.C:
		case <-late:
			last = true
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tooEarly reports whether the boot partition may be mounted in a moment: when
// there are drivers, or when nobody looks at it any more.
func tooEarly(err error) bool { return errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EBUSY) }

// openLoader opens the boot loader's partition as soon as it can be used.
func (s *Service) openLoader(ctx context.Context) (l slots.Loader, done func() error, err error) {
	err = patiently(ctx, func(last bool) (early bool, err error) {
		if l, done, err = s.Loader(ctx); err != nil {
			return tooEarly(err), err
		}
		if _, unknown := l.Running(); last || !errors.Is(unknown, slots.ErrUnknown) {
			return false, nil
		}
		err = done()
		return err == nil, err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("opening the boot partition: %w", err)
	}
	return l, done, nil
}

func (s *Service) withLoader(ctx context.Context, do func(slots.Loader) error) error {
	l, done, err := s.openLoader(ctx)
	if err != nil {
		return err
	}
	return errors.Join(do(l), done())
}
