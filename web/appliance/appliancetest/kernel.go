// SPDX-License-Identifier: Apache-2.0

package appliancetest

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"understudy/appliance/base/network/kernel"
)

// Kernel plays the kernel's network: two cards that keep what they are given.
type Kernel struct {
	mu       sync.Mutex
	links    []kernel.Link
	routes   []kernel.Route
	hostname string
	taken    map[netip.Addr]net.HardwareAddr // addresses that another machine has
}

// NewKernel has two cards, the second without a cable.
func NewKernel() *Kernel {
	return &Kernel{taken: map[netip.Addr]net.HardwareAddr{}, links: []kernel.Link{
		{Name: "eth0", MAC: "52:54:00:12:34:56", Driver: "virtio_net", Carrier: true, SpeedMbps: 10000, Duplex: "full", MTU: 1500},
		{Name: "eth1", MAC: "52:54:00:12:34:57", Driver: "e1000e", MTU: 1500},
	}}
}

// Take gives an address to another machine on the LAN.
func (k *Kernel) Take(a netip.Addr) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.taken[a] = net.HardwareAddr{2, 0, 0, 0, 0, 9}
}

// Links lists the cards.
func (k *Kernel) Links() ([]kernel.Link, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	links := slices.Clone(k.links)
	for i := range links {
		links[i].Addresses = slices.Clone(links[i].Addresses)
	}
	return links, nil
}

// Up does nothing: the cards are on.
func (k *Kernel) Up(string) error { return nil }

// AcceptRouters does nothing: there are none.
func (k *Kernel) AcceptRouters(string, bool) error { return nil }

// AddAddress gives a card an address.
func (k *Kernel) AddAddress(link string, p netip.Prefix, valid time.Duration) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range k.links {
		if l := &k.links[i]; l.Name == link {
			l.Addresses = slices.DeleteFunc(l.Addresses, func(a kernel.Address) bool { return a.Prefix == p })
			l.Addresses = append(l.Addresses, kernel.Address{Prefix: p, Valid: valid})
		}
	}
	return nil
}

// RemoveAddress takes it away.
func (k *Kernel) RemoveAddress(link string, p netip.Prefix) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range k.links {
		if l := &k.links[i]; l.Name == link {
			l.Addresses = slices.DeleteFunc(l.Addresses, func(a kernel.Address) bool { return a.Prefix == p })
		}
	}
	return nil
}

// Has reports whether a card has an address.
func (k *Kernel) Has(link, cidr string) bool {
	links, _ := k.Links()
	for _, l := range links {
		for _, a := range l.Addresses {
			if l.Name == link && a.Prefix.String() == cidr {
				return true
			}
		}
	}
	return false
}

// Defaults lists the default routes.
func (k *Kernel) Defaults() ([]kernel.Route, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.routes), nil
}

// AddDefault adds one.
func (k *Kernel) AddDefault(r kernel.Route) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.routes = append(k.routes, r)
	return nil
}

// RemoveDefault removes it.
func (k *Kernel) RemoveDefault(r kernel.Route) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.routes = slices.DeleteFunc(k.routes, func(o kernel.Route) bool { return o == r })
	return nil
}

// SetHostname keeps the name.
func (k *Kernel) SetHostname(name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.hostname = name
	return nil
}

// Probe says who has an address.
func (k *Kernel) Probe(_ context.Context, _ string, a netip.Addr) (net.HardwareAddr, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.taken[a], nil
}

// Watch never signals: nothing changes here by itself.
func (k *Kernel) Watch(ctx context.Context) (<-chan struct{}, error) {
	c := make(chan struct{})
	context.AfterFunc(ctx, func() { close(c) })
	return c, nil
}
