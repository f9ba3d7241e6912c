// SPDX-License-Identifier: Apache-2.0

package network

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"understudy/appliance/base/network/dhcp"
	"understudy/appliance/base/network/kernel"
)

var (
	prefix = netip.MustParsePrefix
	addr   = netip.MustParseAddr
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func cardWith(name string, addresses ...kernel.Address) kernel.Link {
	return kernel.Link{Name: name, Carrier: true, Addresses: addresses}
}

func lasting(p string) kernel.Address { return kernel.Address{Prefix: prefix(p)} }
func expiring(p string) kernel.Address {
	return kernel.Address{Prefix: prefix(p), Valid: time.Hour}
}

func lease(p, router string) held {
	return held{valid: true, since: noon, lease: dhcp.Lease{Address: prefix(p), Router: addr(router), Duration: time.Hour}}
}

// TestSteps lists situations and exactly what is done in them.
func TestSteps(t *testing.T) {
	fixed := Config{Interfaces: []Interface{{Name: "eth0", Addresses: []Address{
		{CIDR: "192.0.2.10/24", Enabled: true}, {CIDR: "192.0.2.11/24"}, {CIDR: FactoryAddress, Factory: true}}}}, Gateway4: "192.0.2.1"}
	dynamic := Config{Interfaces: []Interface{{Name: "eth0", DHCP4: true, DHCP6: true, Addresses: []Address{{CIDR: FactoryAddress, Factory: true}}}}}
	toGateway := kernel.Route{Link: "eth0", Gateway: addr("192.0.2.1"), Origin: kernel.Static}
	byLease := kernel.Route{Link: "eth0", Gateway: addr("192.0.2.1"), Origin: kernel.Lease}
	byRouter := kernel.Route{Link: "eth0", Gateway: addr("fe80::1"), Origin: kernel.Router}
	linkLocal := lasting("fe80::5/64")
	for _, tc := range []struct {
		name   string
		config Config
		links  []kernel.Link
		routes []kernel.Route
		leases leases
		alone  bool
		want   []string
	}{
		{"power-on", fixed, []kernel.Link{cardWith("eth0", linkLocal)}, nil, nil, false,
			[]string{"add 192.0.2.10/24 on eth0", "route by 192.0.2.1 on eth0"}},
		{"nothing to do", fixed, []kernel.Link{cardWith("eth0", linkLocal, lasting("192.0.2.10/24"))}, []kernel.Route{toGateway}, nil, true, nil},
		{"new before old", fixed, []kernel.Link{cardWith("eth0", lasting("192.0.2.9/24"))}, []kernel.Route{{Link: "eth0", Gateway: addr("192.0.2.2"), Origin: kernel.Static}}, nil, true,
			[]string{"add 192.0.2.10/24 on eth0", "route by 192.0.2.1 on eth0", "no route by 192.0.2.2 on eth0", "remove 192.0.2.9/24 on eth0"}},
		{"DHCP switched off", fixed, []kernel.Link{cardWith("eth0", lasting("192.0.2.10/24"), expiring("192.0.2.50/24"))}, []kernel.Route{toGateway, byLease}, nil, true,
			[]string{"no route by 192.0.2.1 on eth0", "remove 192.0.2.50/24 on eth0"}},
		{"router advertisements switched off", fixed, []kernel.Link{cardWith("eth0", lasting("192.0.2.10/24"), expiring("2001:db8::5/64"), linkLocal)}, []kernel.Route{toGateway, byRouter}, nil, true,
			[]string{"no route by fe80::1 on eth0", "remove 2001:db8::5/64 on eth0"}},
		{"DHCP has not answered yet", dynamic, []kernel.Link{cardWith("eth0")}, nil, leases{}, false, nil},
		{"DHCP does not answer", dynamic, []kernel.Link{cardWith("eth0")}, nil, leases{}, true, []string{"add 169.254.1.1/16 on eth0"}},
		{"the program was restarted", dynamic, []kernel.Link{cardWith("eth0", expiring("192.0.2.50/24"), expiring("2001:db8::5/64"))}, []kernel.Route{byLease, byRouter}, leases{}, false, nil},
		{"DHCP answers late", dynamic, []kernel.Link{cardWith("eth0", lasting("169.254.1.1/16"))}, nil, leases{"eth0": lease("192.0.2.50/24", "192.0.2.1")}, true,
			[]string{"add 192.0.2.50/24 on eth0", "route by 192.0.2.1 on eth0", "remove 169.254.1.1/16 on eth0"}},
		{"the lease is renewed", dynamic, []kernel.Link{cardWith("eth0", kernel.Address{Prefix: prefix("192.0.2.50/24"), Valid: 25 * time.Minute})}, []kernel.Route{byLease}, leases{"eth0": lease("192.0.2.50/24", "192.0.2.1")}, true,
			[]string{"add 192.0.2.50/24 on eth0"}},
		{"the lease is lost", dynamic, []kernel.Link{cardWith("eth0", expiring("192.0.2.50/24"))}, []kernel.Route{byLease}, leases{"eth0": {}}, true,
			[]string{"add 169.254.1.1/16 on eth0", "no route by 192.0.2.1 on eth0", "remove 192.0.2.50/24 on eth0"}},
		{"IPv6 only", dynamic, []kernel.Link{cardWith("eth0", linkLocal, expiring("2001:db8::5/64"))}, []kernel.Route{byRouter}, leases{"eth0": {}}, true, nil},
		{"IPv6 only, late", dynamic, []kernel.Link{cardWith("eth0", linkLocal, lasting("169.254.1.1/16"), expiring("2001:db8::5/64"))}, []kernel.Route{byRouter}, leases{"eth0": {}}, true,
			[]string{"remove 169.254.1.1/16 on eth0"}},
		{"another machine has the IPv6 address", dynamic, []kernel.Link{cardWith("eth0", linkLocal, kernel.Address{Prefix: prefix("2001:db8::5/64"), Valid: time.Hour, Duplicate: true})}, []kernel.Route{byRouter}, leases{"eth0": {}}, true,
			[]string{"add 169.254.1.1/16 on eth0"}},
		{"the factory's card is gone", Config{Interfaces: []Interface{{Name: "eth9", Addresses: []Address{{CIDR: FactoryAddress, Factory: true}}}, {Name: "eth0"}}},
			[]kernel.Link{cardWith("eth0")}, nil, nil, true, []string{"add 169.254.1.1/16 on eth0"}},
		{"no card at all", fixed, nil, nil, nil, true, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := want(tc.config, tc.links, tc.leases, tc.alone, noon)
			var got []string
			for _, s := range plan(d, tc.links, tc.routes) {
				got = append(got, s.String())
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

func TestGatewayFindsItsCard(t *testing.T) {
	c := Config{Interfaces: []Interface{
		{Name: "eth0", Addresses: []Address{{CIDR: "192.0.2.10/24", Enabled: true}}},
		{Name: "eth1", Addresses: []Address{{CIDR: "198.51.100.10/24", Enabled: true}}},
	}}
	links := []kernel.Link{cardWith("eth0"), cardWith("eth1")}
	for _, tc := range []struct{ g4, g6, want string }{
		{"198.51.100.1", "", "eth1"}, {"192.0.2.1", "", "eth0"}, {"203.0.113.1", "", ""},
		{"", "fe80::1%eth1", "eth1"}, {"", "fe80::1", "eth0"}, {"", "2001:db8::1", ""},
	} {
		c.Gateway4, c.Gateway6 = tc.g4, tc.g6
		got := ""
		if r := want(c, links, nil, true, noon).routes; len(r) == 1 {
			got = r[0].Link
			if r[0].Gateway.Zone() != "" {
				t.Errorf("%+v: a zone reaches the kernel", r[0])
			}
		}
		if got != tc.want {
			t.Errorf("gateway %s%s is on %q, want %q", tc.g4, tc.g6, got, tc.want)
		}
	}
}
