// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"context"
	"errors"
	"fmt"
)

// ErrUnplugged is what a station gets whose plug was pulled.
var ErrUnplugged = errors.New("the port was unplugged")

// Station is the test's own plug: it speaks and hears raw frames.
type Station struct {
	port *Port
	plug *plug
}

// Open plugs the test itself in, in place of what was plugged in before.
func (p *Port) Open() *Station {
	return &Station{port: p, plug: p.plugIn(func() {})}
}

// Send puts one frame, without checksum, on the wire. The bytes are copied.
func (s *Station) Send(frame []byte) error {
	select {
	case <-s.plug.pulled:
		return fmt.Errorf("send on port %q: %w", s.port.name, ErrUnplugged)
	default:
	}
	s.port.travel(In, append([]byte(nil), frame...))
	return nil
}

// Receive waits for the next frame that the switch passes to this station.
func (s *Station) Receive(ctx context.Context) ([]byte, error) {
	select {
	case data := <-s.plug.out:
		return data, nil
	case <-s.plug.pulled:
		return nil, fmt.Errorf("receive on port %q: %w", s.port.name, ErrUnplugged)
	case <-ctx.Done():
		return nil, fmt.Errorf("receive on port %q: %w", s.port.name, context.Cause(ctx))
	}
}
