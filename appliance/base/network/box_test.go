// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/base/network/kernel"
	"understudy/appliance/base/network/nettest"
	"understudy/appliance/confirm"
	"understudy/appliance/layout"
	"understudy/appliance/revision"
	"understudy/appliance/store"
)

func TestMain(m *testing.M) { nettest.Main(m) }

var admin = audit.Actor{Name: "admin", Address: "192.0.2.77", Via: "page"}

// box is the service with everything real: the kernel, the wire, the books.
type box struct {
	*Service
	t    *testing.T
	dir  string
	stop context.CancelFunc
	log  *audit.Log
}

// patience is how long a test waits for what must come: only a failure needs
// it. For what must not come it waits briefly.
const (
	patience = time.Minute
	briefly  = time.Second
)

// boot starts a box, or starts one again over the same state. DHCP gets as long
// as it needs.
func boot(t *testing.T, dir string, seed layout.Seed, k Kernel) *box {
	t.Helper()
	return bootWaiting(t, dir, seed, k, patience)
}

// bootWaiting is boot of a box that waits so long for DHCP.
func bootWaiting(t *testing.T, dir string, seed layout.Seed, k Kernel, patient time.Duration) *box {
	t.Helper()
	b := &box{t: t, dir: dir}
	open := func(name string, schemas ...string) *store.DB {
		var list []store.Migration
		for _, sql := range schemas {
			list = append(list, store.Migration{Name: name, SQL: sql})
		}
		db, err := store.Open(t.Context(), filepath.Join(dir, name), list)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	db := open("base.db", revision.Schema1, confirm.Schema1)
	b.log = audit.New(open("journal.db", audit.Schema1), time.Now)
	book := revision.New(db, time.Now)
	guard := confirm.New(db, book, b.log, time.Now)
	b.Service = New(Parts{Book: book, Guard: guard, Audit: b.log, Kernel: k, Now: time.Now,
		ResolvConf: filepath.Join(dir, "resolv.conf"), Failed: func(err error) { t.Log(err) }})
	b.patient, b.watchAgain = patient, briefly/100
	var ctx context.Context
	ctx, b.stop = context.WithCancel(t.Context())
	if err := b.Start(ctx, seed); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = guard.Run(ctx)
	}()
	t.Cleanup(func() { b.stop(); <-ended })
	return b
}

// static is the seed of a box at 192.0.2.10.
func static() layout.Seed {
	return layout.Seed{Hostname: "box.example.net", Network: layout.SeedNetwork{
		Interfaces: []layout.SeedInterface{{Name: "eth0", Addresses: []string{"192.0.2.10/24", "2001:db8::10/64"}}},
		Gateway4:   "192.0.2.1", DNS: []string{"192.0.2.1", "192.0.2.1:5353"}, NTP: []string{"192.0.2.1:1123"}}}
}

// plug lays a cable to a LAN with a router at 192.0.2.1.
func plug(t *testing.T) *nettest.LAN {
	t.Helper()
	lan := nettest.New(t, "eth0")
	lan.Add("192.0.2.1/24")
	nettest.Sysctl(t, "ipv6/conf/eth0/accept_dad", "0")
	return lan
}

// until waits for a condition, looking whenever something changes.
func (b *box) until(what string, holds func() bool) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.t.Context(), patience)
	defer stop()
	for changed := b.Watch(ctx); !holds(); {
		if _, open := <-changed; !open {
			b.t.Fatalf("never came about: %s; the card has %v", what, b.addresses())
		}
	}
}

// addresses are those of the first card, without those it makes itself.
func (b *box) addresses() []string {
	b.t.Helper()
	links, err := b.Links(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, a := range links[0].Current {
		if a.Source != FromLink {
			out = append(out, a.CIDR+" "+string(a.Source))
		}
	}
	return out
}

func (b *box) has(want ...string) bool { return slices.Equal(b.addresses(), want) }

// now is the configuration and its revision, to be changed.
func (b *box) now() (Config, int64) {
	b.t.Helper()
	c, rev, err := b.Config(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return c, rev
}

// change changes the present configuration, coming in by 192.0.2.10.
func (b *box) change(how func(*Config)) (*confirm.Pending, error) {
	b.t.Helper()
	c, rev := b.now()
	how(&c)
	return b.Change(b.t.Context(), admin, rev, c, "for a test", addr("192.0.2.10"))
}

func (b *box) lastAudit() audit.Event {
	b.t.Helper()
	list, err := b.log.List(b.t.Context(), audit.Filter{Limit: 1})
	if err != nil || len(list) == 0 {
		b.t.Fatalf("audit: %v, %v", list, err)
	}
	return list[0]
}

func (b *box) gateways() []string {
	b.t.Helper()
	routes, err := b.Kernel.Defaults()
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, r := range routes {
		out = append(out, r.Gateway.String())
	}
	return out
}

// serve answers on a port of the box with what it is sent.
func serve(t *testing.T) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for b := make([]byte, 1); ; {
					if _, err := c.Read(b); err != nil {
						return
					}
					if _, err := c.Write(b); err != nil {
						return
					}
				}
			}()
		}
	}()
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

// dial connects to the box from the LAN; nil if it cannot be reached.
func dial(t *testing.T, lan *nettest.LAN, address netip.Addr, port string) net.Conn {
	t.Helper()
	return dialFor(t, lan, address, port, patience)
}

// dialFor is dial that gives up after some time.
func dialFor(t *testing.T, lan *nettest.LAN, address netip.Addr, port string, limit time.Duration) net.Conn {
	t.Helper()
	var c net.Conn
	lan.Do(func() {
		// One attempt on this very thread, which is the LAN's.
		c, _ = net.DialTimeout("tcp", net.JoinHostPort(address.String(), port), limit)
	})
	if c != nil {
		t.Cleanup(func() { c.Close() })
	}
	return c
}

// works sends a byte there and back.
func works(t *testing.T, c net.Conn) bool {
	t.Helper()
	return worksWithin(t, c, patience)
}

func worksWithin(t *testing.T, c net.Conn, limit time.Duration) bool {
	t.Helper()
	if c == nil {
		return false
	}
	if err := c.SetDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	b := []byte{'x'}
	if _, err := c.Write(b); err != nil {
		return false
	}
	_, err := c.Read(b)
	return err == nil
}

func (b *box) resolvConf() string {
	b.t.Helper()
	content, err := os.ReadFile(b.ResolvConf)
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.Join(strings.Split(string(content), "\n")[1:], "|")
}

// stubborn is the kernel, but for one address that it will not take.
type stubborn struct {
	kernel.Netlink
	refuses netip.Prefix
}

func (s stubborn) AddAddress(link string, p netip.Prefix, valid time.Duration) error {
	if p == s.refuses {
		return os.ErrPermission
	}
	return s.Netlink.AddAddress(link, p, valid)
}

// gated is the kernel, and a gate on the way of each address into it.
type gated struct {
	kernel.Netlink
	pass func(netip.Prefix)
}

func (g gated) AddAddress(link string, p netip.Prefix, valid time.Duration) error {
	g.pass(p)
	return g.Netlink.AddAddress(link, p, valid)
}

// nameless is the kernel, which at times does not take its first host name.
type nameless struct {
	kernel.Netlink
	refuses *atomic.Bool
}

func (n nameless) SetHostname(name string) error {
	if name == "box" && n.refuses.Load() {
		return os.ErrPermission
	}
	return n.Netlink.SetHostname(name)
}
