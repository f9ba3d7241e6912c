// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"context"
	"fmt"

	"github.com/vishvananda/netlink"
)

// Watch signals whenever links or addresses change. Signals are merged: one
// may stand for many changes. The channel closes when ctx ends, or when the
// kernel stops telling.
func (n Netlink) Watch(ctx context.Context) (<-chan struct{}, error) {
	done := make(chan struct{})
	links, addresses := make(chan netlink.LinkUpdate), make(chan netlink.AddrUpdate)
	if err := netlink.LinkSubscribe(links, done); err != nil {
		return nil, fmt.Errorf("watch network interfaces: %w", err)
	}
	if err := netlink.AddrSubscribe(addresses, done); err != nil {
		close(done)
		drain(links)
		return nil, fmt.Errorf("watch addresses: %w", err)
	}
	changed := make(chan struct{}, 1)
	go func() {
		defer close(changed)
		defer drain(links)
		defer drain(addresses)
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case _, open := <-links:
				if !open {
					return
				}
			case _, open := <-addresses:
				if !open {
					return
				}
			}
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	}()
	return changed, nil
}

// drain lets the library's sender, which knows no other way, come to its end.
func drain[T any](c <-chan T) {
	go func() {
		for range c {
		}
	}()
}
