// SPDX-License-Identifier: Apache-2.0

package network

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"understudy/appliance/base/network/kernel"
)

// verb is what a step does.
type verb string

const (
	addAddress    verb = "add"
	removeAddress verb = "remove"
	addRoute      verb = "route by"
	removeRoute   verb = "no route by"
)

// step is one thing to change in the kernel.
type step struct {
	verb   verb
	link   string
	prefix netip.Prefix  // of addresses
	valid  time.Duration // of addresses to add
	route  kernel.Route
}

func (s step) String() string {
	if s.route.Gateway.IsValid() {
		return fmt.Sprintf("%s %s on %s", s.verb, s.route.Gateway, s.route.Link)
	}
	return fmt.Sprintf("%s %s on %s", s.verb, s.prefix, s.link)
}

// lifeSlack is how far the kernel's remaining lifetime of a leased address may
// be off before it is set again.
const lifeSlack = 20 * time.Second

// plan lists what is to be done so that the kernel has what it should, and
// nothing besides: what is right already is not touched. What is new comes
// first, what is old goes last, so that there is always a way in.
func plan(d desired, links []kernel.Link, now []kernel.Route) []step {
	var add, drop []step
	for _, l := range links {
		k := d.cards[l.Name]
		for _, w := range k.addresses {
			if !has(l, w) {
				add = append(add, step{verb: addAddress, link: l.Name, prefix: w.prefix, valid: w.valid})
			}
		}
		for _, a := range l.Addresses {
			if !k.keeps(a) {
				drop = append(drop, step{verb: removeAddress, link: l.Name, prefix: a.Prefix})
			}
		}
	}
	for _, r := range d.routes {
		if !slices.Contains(now, r) {
			add = append(add, step{verb: addRoute, route: r})
		}
	}
	var dropRoutes []step
	for _, r := range now {
		mine := r.Origin == kernel.Static || r.Origin == kernel.Lease
		unwelcome := r.Origin == kernel.Router && !d.cards[r.Link].routers
		if mine && !slices.Contains(d.routes, r) && !d.leavesLease(r) || unwelcome {
			dropRoutes = append(dropRoutes, step{verb: removeRoute, route: r})
		}
	}
	return slices.Concat(add, dropRoutes, drop)
}

// has reports whether a card has an address as it should be.
func has(l kernel.Link, w wanted) bool {
	return slices.ContainsFunc(l.Addresses, func(a kernel.Address) bool {
		return a.Prefix == w.prefix && (a.Valid == 0) == (w.valid == 0) && (a.Valid-w.valid).Abs() <= lifeSlack
	})
}

// keeps reports whether an address that a card has may stay there.
func (k card) keeps(a kernel.Address) bool {
	if slices.ContainsFunc(k.addresses, func(w wanted) bool { return w.prefix == a.Prefix }) {
		return true
	}
	if a.Prefix.Addr().Is4() {
		return k.keepLease && a.Valid != 0
	}
	return a.Prefix.Addr().IsLinkLocalUnicast() || k.routers && a.Valid != 0
}

// leavesLease reports whether a route came with a lease that is not ours to
// judge yet.
func (d desired) leavesLease(r kernel.Route) bool {
	return r.Origin == kernel.Lease && d.cards[r.Link].keepLease
}
