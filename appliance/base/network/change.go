// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"

	"understudy/appliance/audit"
	"understudy/appliance/base/network/kernel"
	"understudy/appliance/confirm"
	"understudy/appliance/revision"
)

// Change brings a configuration into force. base is the revision it was made
// from, negative for any; via the address that the request came in on.
//
// A change that can cut people off comes back as a pending one, which is
// reverted unless it is confirmed in time; nil means that there is nothing to
// confirm. Errors: *InvalidError for a configuration that cannot work,
// confirm.ErrPending while an earlier change waits, revision.ErrStale if
// somebody was quicker. After an error everything is as before.
func (s *Service) Change(ctx context.Context, by audit.Actor, base int64, c Config, reason string, via netip.Addr) (*confirm.Pending, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	ch := change{by: by, base: base, after: c.normal(), reason: reason, via: via.Unmap()}
	err := s.change(ctx, &ch)
	outcome, detail := "ok", ch.summary
	if err != nil {
		outcome, detail = "failed", err.Error()
		var invalid *InvalidError
		if errors.As(err, &invalid) || errors.Is(err, confirm.ErrPending) || errors.Is(err, revision.ErrStale) {
			outcome = "refused"
		}
	}
	if err == nil && ch.revision == 0 {
		return nil, nil // nothing was different
	}
	if auditErr := s.Audit.Append(ctx, by, audit.Entry{Action: "network.change", Object: Area, Outcome: outcome, Detail: detail}); auditErr != nil && err == nil {
		s.Failed(auditErr)
	}
	return ch.pending, err
}

// change is one change on its way.
type change struct {
	by       audit.Actor
	base     int64
	before   Config
	after    Config
	reason   string
	via      netip.Addr
	summary  string
	revision int64
	pending  *confirm.Pending
}

func (s *Service) change(ctx context.Context, ch *change) error {
	if err := s.Guard.Free(ctx, Area); err != nil {
		return err
	}
	links, err := s.Kernel.Links()
	if err != nil {
		return err
	}
	current, rev, err := s.stored(ctx, links)
	if err != nil {
		return err
	}
	if ch.base >= 0 && ch.base != rev {
		return revision.ErrStale
	}
	ch.before = current
	if err := s.check(ctx, ch, links); err != nil {
		return err
	}
	if err := s.store(ctx, ch, rev); err != nil || ch.revision == 0 {
		return err
	}
	if err := s.reload(ctx); err != nil {
		if undone := s.takeBack(ctx, ch); undone != nil {
			return errors.Join(fmt.Errorf("the network configuration could not be brought into force: %w", err),
				fmt.Errorf("it could not be taken back either: %w", undone))
		}
		return fmt.Errorf("the network configuration could not be brought into force and was taken back: %w", err)
	}
	return nil
}

// check refuses what cannot work, and asks the network about the rest.
func (s *Service) check(ctx context.Context, ch *change, links []kernel.Link) error {
	around := Surroundings{Cards: cardNames(links)}
	for _, n := range ch.before.Interfaces {
		around.Known = append(around.Known, n.Name)
	}
	s.mu.Lock()
	for _, n := range ch.after.Interfaces {
		if h := s.leases[n.Name]; n.DHCP4 && h.valid {
			around.Leases = append(around.Leases, h.lease.Address)
		}
	}
	s.mu.Unlock()
	if err := Validate(ch.after, around); err != nil {
		return err
	}
	if err := keepsAWayIn(ch.before, ch.after, links, ch.via); err != nil {
		return err
	}
	silent, err := s.askAround(ctx, ch.before, ch.after, links)
	if err != nil {
		return err
	}
	ch.summary = describe(ch.before, ch.after, ch.via, silent)
	return nil
}

// store writes the revision and, for a change that can cut people off, that
// it waits for confirmation: both or, after a power cut, neither.
func (s *Service) store(ctx context.Context, ch *change, rev int64) error {
	if !cutsOff(ch.before, ch.after) {
		id, changed, err := s.Book.Put(ctx, ch.by, Area, rev, ch.after, ch.reason)
		if changed {
			ch.revision = id
		}
		return err
	}
	s.mu.Lock()
	within := s.confirm
	s.mu.Unlock()
	pending, err := s.Guard.Put(ctx, ch.by, Area, rev, ch.after, ch.reason, ch.summary, within)
	if err != nil || pending == nil {
		return err
	}
	ch.pending, ch.revision = pending, pending.Revision
	return nil
}

// takeBack undoes a stored change that could not be brought into force.
func (s *Service) takeBack(ctx context.Context, ch *change) error {
	ctx = revision.Apart(context.WithoutCancel(ctx)) // whoever asked may be gone by now
	if ch.pending != nil {
		id := ch.pending.ID
		ch.pending = nil
		return s.Guard.Undo(ctx, audit.System, id)
	}
	if _, _, err := s.Book.Put(ctx, audit.System, Area, -1, ch.before, "The change could not be brought into force."); err != nil {
		return err
	}
	return s.reload(ctx)
}

// revert is how the book brings an earlier configuration back. Asked by the
// guard it happens without questions: that configuration worked before.
func (s *Service) revert(ctx context.Context, by audit.Actor, doc json.RawMessage, reason string) error {
	var c Config
	if err := json.Unmarshal(doc, &c); err != nil {
		return fmt.Errorf("read the earlier network configuration: %w", err)
	}
	if !confirm.Reverting(ctx) {
		_, err := s.Change(ctx, by, -1, c, reason, netip.Addr{})
		return err
	}
	if _, _, err := s.Book.Put(ctx, by, Area, -1, c.normal(), reason); err != nil {
		return err
	}
	return s.reload(ctx)
}
