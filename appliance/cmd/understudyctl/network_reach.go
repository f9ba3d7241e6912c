// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"understudy/appliance/client/applianceapi"
)

// candidates are the URLs at which the box should answer after a change: the
// one that was asked for, else the addresses that the change enabled, else the
// present one.
func candidates(present, at string, before, after applianceapi.NetworkConfig) []string {
	if at != "" {
		return []string{at}
	}
	u, err := url.Parse(present)
	if err != nil {
		return []string{present}
	}
	var list []string
	had := enabledAddresses(before)
	for _, a := range enabledAddresses(after) {
		if slices.Contains(had, a) {
			continue
		}
		host := a.String()
		if u.Port() != "" {
			host = net.JoinHostPort(host, u.Port())
		} else if a.Is6() {
			host = "[" + host + "]"
		}
		list = append(list, "https://"+host)
	}
	if len(list) == 0 {
		return []string{present}
	}
	return list
}

// enabledAddresses lists the static addresses in use.
func enabledAddresses(n applianceapi.NetworkConfig) []netip.Addr {
	var list []netip.Addr
	for _, i := range n.Interfaces {
		for _, a := range i.Addresses {
			if p, err := netip.ParsePrefix(a.CIDR); err == nil && a.Enabled {
				list = append(list, p.Addr())
			}
		}
	}
	return list
}

// confirmWhenReachable asks at each URL in turn until the box answers there,
// and confirms the change over that very connection: who can say so has not
// been locked out. Of the deadline only how far it is off counts: the box's clock
// may be another one than this machine's.
func (a *app) confirmWhenReachable(ctx context.Context, urls []string, changed applianceapi.NetworkChanged) error {
	t, err := a.target()
	if err != nil {
		return err
	}
	patience := changed.Pending.Deadline.Sub(changed.Pending.At)
	a.print.Note("Looking for the appliance at %v, for at most %v.", urls, patience.Round(time.Second))
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		for _, u := range urls {
			done, err := a.confirmAt(ctx, t, u, changed)
			if done {
				return a.moved(t, u, changed)
			}
			if err != nil && !outage(err) {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return &codedError{exitUnreachable, fmt.Errorf("the appliance did not answer at %v in time: it takes the change back", urls)}
		case <-time.After(retryEvery):
		}
	}
}

// confirmAt makes one attempt. What it finds confirmed is: the answer to an
// earlier attempt may have been lost.
func (a *app) confirmAt(ctx context.Context, t target, rawURL string, changed applianceapi.NetworkChanged) (bool, error) {
	c, err := applianceapi.New(applianceapi.Options{URL: rawURL, Fingerprint: t.fingerprint, Secret: t.secret, Timeout: 5 * time.Second})
	if err != nil {
		return false, usage("%w", err)
	}
	defer c.Close()
	err = c.Confirm(ctx, changed.Pending.ID)
	if applianceapi.HasCode(err, applianceapi.CodeNotFound) {
		if now, asked := c.Network(ctx); asked == nil && now.Revision == changed.Revision && now.Pending == nil {
			return true, nil
		}
	}
	return err == nil, err
}

// moved reports the outcome, and lets the saved sign-in follow the box to its
// new address.
func (a *app) moved(t target, to string, changed applianceapi.NetworkChanged) error {
	u, err := applianceapi.ParseURL(to)
	if err != nil {
		return usage("%w", err)
	}
	changed.Pending = nil
	a.print.Value(changed, func(s *sheet) {
		s.line("The appliance answers at %s. The change is confirmed.", u)
	})
	if t.token || u.String() == t.url {
		return nil
	}
	saved, err := a.loadConfig()
	if err != nil {
		return err
	}
	saved.Boxes[u.String()] = saved.Boxes[t.url]
	saved.Current = u.String()
	return a.saveConfig(saved)
}
