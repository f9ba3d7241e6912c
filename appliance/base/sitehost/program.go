// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"understudy/appliance/base/boot"
	"understudy/appliance/basectl"
	"understudy/pkgstore/pack"
)

// pause is between two looks at something that is about to happen.
const pause = 20 * time.Millisecond

func wait(ctx context.Context) error {
	select {
	case <-time.After(pause):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ended waits until the program of a generation has ended.
func (h *Host) ended(ctx context.Context, generation string) (boot.SiteProcess, error) {
	for {
		p, err := h.config.Programs.SiteStatus(ctx, generation)
		if err != nil || !p.Running {
			return p, err
		}
		if err := wait(ctx); err != nil {
			return p, err
		}
	}
}

// end stops the program of a generation and waits for it.
func (h *Host) end(ctx context.Context, generation string) error {
	if err := h.config.Programs.StopSite(ctx, generation); err != nil {
		return err
	}
	_, err := h.ended(ctx, generation)
	return err
}

// await connects to a started program and waits until it serves. A program
// that dies meanwhile is not waited for.
func (h *Host) await(ctx context.Context, generation string, want pack.Summary) (*basectl.Client, error) {
	limited, cancel := context.WithTimeout(ctx, h.config.Ready)
	defer cancel()
	c, err := h.greet(limited, generation)
	if err == nil {
		err = h.prove(limited, c, want)
		if err == nil {
			return c, nil
		}
		c.Close()
	}
	if p, statusErr := h.config.Programs.SiteStatus(ctx, generation); statusErr == nil && p.Ended != "" {
		return nil, fmt.Errorf("the site's program died before it was ready: %s", p.Ended)
	}
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("the site was not ready within %v", h.config.Ready)
	}
	return nil, err
}

// greet connects as soon as the program listens.
func (h *Host) greet(ctx context.Context, generation string) (*basectl.Client, error) {
	for {
		conn, err := dial(ctx, h.socket(generation, "control"))
		if err == nil {
			return basectl.Open(ctx, conn)
		}
		p, statusErr := h.config.Programs.SiteStatus(ctx, generation)
		if statusErr != nil {
			return nil, statusErr
		}
		if p.Ended != "" {
			return nil, fmt.Errorf("the site's program died: %s", p.Ended)
		}
		if err := wait(ctx); err != nil {
			return nil, err
		}
	}
}

// prove tells the program the facts and asks whether it is what it should be
// and serves.
func (h *Host) prove(ctx context.Context, c *basectl.Client, want pack.Summary) error {
	if err := c.SetFacts(ctx, h.config.Facts()); err != nil {
		return err
	}
	if err := c.Ready(ctx); err != nil {
		return err
	}
	s, err := c.Status(ctx)
	if err == nil && (s.Version != want.Version || s.Tree != want.Tree) {
		err = fmt.Errorf("the program says that it is version %s, tree %d, its package says %s, tree %d", s.Version, s.Tree, want.Version, want.Tree)
	}
	return err
}

// adopt keeps the connection to the running site. Who calls it holds busy, or
// asking with a share of busy.
func (h *Host) adopt(c *basectl.Client) {
	if h.client != nil {
		h.client.Close()
	}
	h.client, h.told = c, h.config.Facts()
}

// talk returns a connection to the running site, a new one if the last was
// lost. Who calls it holds busy, or asking with a share of busy.
func (h *Host) talk(ctx context.Context) (*basectl.Client, error) {
	r := h.current.Load()
	if r == nil {
		return nil, ErrNoSite
	}
	if h.client != nil {
		if _, err := h.client.Status(ctx); err == nil {
			return h.client, nil
		}
		h.client.Close()
		h.client = nil
	}
	var conn net.Conn
	conn, err := dial(ctx, h.socket(r.Generation, "control"))
	if err != nil {
		return nil, err
	}
	c, err := basectl.Open(ctx, conn)
	if err != nil {
		return nil, err
	}
	if err := h.prove(ctx, c, r.Summary); err != nil {
		c.Close()
		return nil, err
	}
	h.adopt(c)
	return c, nil
}
