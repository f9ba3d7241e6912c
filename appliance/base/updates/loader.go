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

// openLoader opens the boot loader's partition as soon as it can be used. After
// a start that takes a while: the drivers of its file system and of the
// firmware's variables, in which UEFI says what booted, are not waited for by
// the start. What is still so after the limit is the caller's to deal with.
func (s *Service) openLoader(ctx context.Context) (l slots.Loader, done func() error, err error) {
	const period, limit = 500 * time.Millisecond, 2 * time.Minute
	tick := time.NewTicker(period)
	defer tick.Stop()
	late := time.After(limit)
	for waiting := true; ; {
		l, done, err = s.Loader(ctx)
		early := errors.Is(err, unix.ENODEV)
		if err == nil {
			_, unknown := l.Running()
			early = errors.Is(unknown, slots.ErrUnknown)
		}
		if !early || !waiting {
			break
		}
		if err == nil {
			if err := done(); err != nil {
				return nil, nil, err
			}
		}
		select {
		case <-tick.C:
		case <-late:
			waiting = false
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
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
