// SPDX-License-Identifier: Apache-2.0

package nettest

import (
	"net"
	"os"
	"testing"

	"github.com/vishvananda/netlink"
)

func TestMain(m *testing.M) { Main(m) }

// The point of it all: nothing of the machine is in reach.
func TestNamespacesAreOfTheirOwn(t *testing.T) {
	links, err := netlink.LinkList()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if l.Attrs().Name != "lo" {
			t.Errorf("the machine's %s is in reach", l.Attrs().Name)
		}
		// Before the first link is up the kernel takes any address for ours.
		if err := netlink.LinkSetUp(l); err != nil {
			t.Fatal(err)
		}
	}
	lan := New(t, "eth0")
	shown, err := os.ReadDir("/sys/class/net")
	if err != nil || len(shown) != 2 {
		t.Errorf("/sys shows %v, %v", shown, err)
	}
	lan.Add("192.0.2.1/24")
	if _, err := net.Listen("tcp", "192.0.2.1:0"); err == nil {
		t.Error("an address of the LAN is one of ours")
	}
	lan.Do(func() {
		l, err := net.Listen("tcp", "192.0.2.1:0")
		if err != nil {
			t.Errorf("in the LAN: %v", err)
			return
		}
		l.Close()
	})
}
