// SPDX-License-Identifier: Apache-2.0

package nettest

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// LAN is the other end of a cable.
type LAN struct {
	Box  string // the interface on our side
	Port string // the interface on the LAN's side

	t  *testing.T
	ns netns.NsHandle
}

// New lays a cable named box into a LAN of its own; both ends go with the
// test. The box's end is left as a machine finds it at power-on: down, without
// addresses.
func New(t *testing.T, box string) *LAN {
	t.Helper()
	l := &LAN{Box: box, Port: box + "-lan", t: t}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own, err := netns.Get()
	l.must(err)
	defer own.Close()
	l.ns, err = netns.New()
	l.must(err)
	l.must(netns.Set(own))
	cable := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: box}, PeerName: l.Port, PeerNamespace: netlink.NsFd(l.ns)}
	l.must(netlink.LinkAdd(cable))
	t.Cleanup(func() {
		l.must(netlink.LinkDel(cable))
		l.ns.Close()
	})
	l.Do(func() {
		for _, name := range []string{"lo", l.Port} {
			l.must(netlink.LinkSetUp(l.link(name)))
		}
	})
	return l
}

// Do runs f in the LAN: sockets that f itself opens, not ones opened by
// goroutines it starts, belong to the LAN for good.
func (l *LAN) Do(f func()) {
	l.t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The thread is not given back: it ends with this goroutine, and
		// nothing else can ever run in the wrong namespace.
		runtime.LockOSThread()
		if err := netns.Set(l.ns); err != nil {
			l.t.Errorf("enter the LAN: %v", err)
			return
		}
		f()
	}()
	<-done
}

// Add gives the LAN's side an address such as 192.0.2.1/24. An IPv6 address is
// usable at once, without duplicate detection.
func (l *LAN) Add(cidr string) {
	l.t.Helper()
	l.Do(func() {
		a, err := netlink.ParseAddr(cidr)
		l.must(err)
		if a.IP.To4() == nil {
			a.Flags = 0x02 // IFA_F_NODAD
		}
		l.must(netlink.AddrAdd(l.link(l.Port), a))
	})
}

// Remove takes an address from the LAN's side.
func (l *LAN) Remove(cidr string) {
	l.t.Helper()
	l.Do(func() {
		a, err := netlink.ParseAddr(cidr)
		l.must(err)
		l.must(netlink.AddrDel(l.link(l.Port), a))
	})
}

// Cable plugs the cable in or pulls it.
func (l *LAN) Cable(in bool) {
	l.t.Helper()
	l.Do(func() {
		if in {
			l.must(netlink.LinkSetUp(l.link(l.Port)))
		} else {
			l.must(netlink.LinkSetDown(l.link(l.Port)))
		}
	})
}

// MAC is the hardware address of the LAN's side.
func (l *LAN) MAC() net.HardwareAddr {
	l.t.Helper()
	var mac net.HardwareAddr
	l.Do(func() { mac = l.link(l.Port).Attrs().HardwareAddr })
	return mac
}

// Sysctl sets a kernel switch of this side, by its path below /proc/sys/net.
func Sysctl(t *testing.T, path, value string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join("/proc/sys/net", path), []byte(value), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (l *LAN) link(name string) netlink.Link {
	link, err := netlink.LinkByName(name)
	l.must(err)
	return link
}

func (l *LAN) must(err error) {
	l.t.Helper()
	if err != nil {
		// Not Fatal: this may run on another goroutine than the test.
		panic(err)
	}
}
