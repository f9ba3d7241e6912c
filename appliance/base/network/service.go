// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/base/network/kernel"
	"understudy/appliance/base/network/resolver"
	"understudy/appliance/base/network/tools"
	"understudy/appliance/confirm"
	"understudy/appliance/revision"
)

// Kernel is where a configuration takes effect. kernel.Netlink is the real one.
type Kernel interface {
	Links() ([]kernel.Link, error)
	Up(link string) error
	AcceptRouters(link string, on bool) error
	AddAddress(link string, p netip.Prefix, valid time.Duration) error
	RemoveAddress(link string, p netip.Prefix) error
	Defaults() ([]kernel.Route, error)
	AddDefault(kernel.Route) error
	RemoveDefault(kernel.Route) error
	SetHostname(string) error
	// Probe asks who answers for an address on a link; nil: nobody.
	Probe(ctx context.Context, link string, a netip.Addr) (net.HardwareAddr, error)
	Watch(ctx context.Context) (<-chan struct{}, error)
}

// Parts is what the service is made of. All but the last two are required.
type Parts struct {
	Book   *revision.Book
	Guard  *confirm.Guard
	Audit  *audit.Log
	Kernel Kernel
	Now    func() time.Time

	// ResolvConf is the file to keep for programs that read resolv.conf;
	// empty: none is written.
	ResolvConf string
	// Failed is told of what went wrong in the background; nil: nobody.
	Failed func(error)
}

const (
	// defaultConfirm is how long a change waits to be confirmed.
	defaultConfirm = 60 * time.Second
	// aloneAfter is how long DHCP gets before the factory address appears.
	aloneAfter = 10 * time.Second
	// watchAgain is when the kernel is asked once more to tell of changes, after
	// it would not.
	watchAgain = 5 * time.Second
)

// Service holds the network configuration in force. It may be used from
// several goroutines at once.
type Service struct {
	Parts
	resolver  *resolver.Resolver
	tools.Box // Ping, Lookup, TCPTest

	watchAgain time.Duration // set before Start

	changing sync.Mutex // one change at a time
	applying sync.Mutex // one reconciliation at a time

	mu      sync.Mutex // guards what follows, held for moments only
	config  Config
	patient time.Duration // how long DHCP gets
	alone   bool          // DHCP had its chance
	leases  leases
	clients map[string]*client
	carrier map[string]bool
	confirm time.Duration
	life    context.Context // of the DHCP clients: Start's, not a request's
	waiters map[chan struct{}]bool
}

// New makes the service. It does nothing to the network before Start.
func New(p Parts) *Service {
	if p.Failed == nil {
		p.Failed = func(error) {}
	}
	s := &Service{Parts: p, leases: leases{}, clients: map[string]*client{}, carrier: map[string]bool{},
		confirm: defaultConfirm, patient: aloneAfter, watchAgain: watchAgain, waiters: map[chan struct{}]bool{}}
	s.resolver = resolver.New(s.nameServers)
	s.Box = tools.Box{Resolver: s.resolver}
	p.Book.Handle(Area, s.revert)
	return s
}

// Config is the configuration fitted to the cards of this machine, and the
// number of its revision, which a change of it must name.
func (s *Service) Config(ctx context.Context) (Config, int64, error) {
	links, err := s.Kernel.Links()
	if err != nil {
		return Config{}, 0, err
	}
	return s.stored(ctx, links)
}

func (s *Service) stored(ctx context.Context, links []kernel.Link) (Config, int64, error) {
	var c Config
	rev, err := s.Book.Current(ctx, Area, &c)
	if err != nil {
		return Config{}, 0, fmt.Errorf("read the network configuration: %w", err)
	}
	return complete(c.normal(), links), rev, nil
}

// Hostname is the configured host name.
func (s *Service) Hostname() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.config.Hostname
}

// shortName is the first part of the host name: what the kernel, whose limit
// is 64 bytes, and DHCP servers are told.
func (s *Service) shortName() string {
	short, _, _ := strings.Cut(s.Hostname(), ".")
	return short
}

// PublicPort is the port under which the box is reached by HTTPS.
func (s *Service) PublicPort() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.config.PublicPort == 0 {
		return httpsPort
	}
	return s.config.PublicPort
}

// Resolver looks names up at the configured name servers.
func (s *Service) Resolver() *net.Resolver { return s.resolver.Net() }

// nameServers are the configured ones, else those that DHCP named.
func (s *Service) nameServers() []netip.AddrPort {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []netip.AddrPort
	for _, text := range s.config.DNS {
		if server, err := parseServer(text, dnsPort); err == nil {
			out = append(out, server)
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, h := range s.held() {
		for _, a := range h.lease.DNS {
			out = append(out, netip.AddrPortFrom(a, dnsPort))
		}
	}
	return out
}

// TimeServers are the configured ones as host or host:port, else those that
// DHCP named.
func (s *Service) TimeServers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.config.NTP) > 0 {
		return append([]string(nil), s.config.NTP...)
	}
	var out []string
	for _, h := range s.held() {
		for _, a := range h.lease.NTP {
			out = append(out, a.String())
		}
	}
	return out
}

// held are the leases in the order of the cards. The caller holds mu.
func (s *Service) held() []held {
	var out []held
	for _, n := range s.config.Interfaces {
		if h := s.leases[n.Name]; h.valid {
			out = append(out, h)
		}
	}
	return out
}

// Watch signals whenever addresses, links or the configuration changed, until
// ctx ends. Signals are merged.
func (s *Service) Watch(ctx context.Context) <-chan struct{} {
	c := make(chan struct{}, 1)
	s.mu.Lock()
	s.waiters[c] = true
	s.mu.Unlock()
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.waiters, c)
		close(c)
	})
	return c
}

func (s *Service) changed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.waiters {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
