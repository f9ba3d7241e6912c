// SPDX-License-Identifier: Apache-2.0

package network

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

// base is a configuration with nothing wrong.
func base() Config {
	return Config{
		Hostname: "box.example.net",
		Interfaces: []Interface{
			{Name: "eth0", MAC: "02:00:00:00:00:01", Addresses: []Address{
				{ID: "a1", CIDR: "192.0.2.10/24", Enabled: true},
				{ID: "a2", CIDR: "2001:db8::10/64", Enabled: true},
				{ID: "a3", CIDR: FactoryAddress, Factory: true},
			}},
			{Name: "eth1", MAC: "02:00:00:00:00:02", DHCP4: true, Addresses: []Address{}},
		},
		Gateway4: "192.0.2.1", Gateway6: "2001:db8::1",
		DNS: []string{"192.0.2.53", "[2001:db8::53]:5353"}, NTP: []string{"ntp.example.net", "192.0.2.123:1123"},
	}
}

var around = Surroundings{Cards: []string{"eth0", "eth1"}}

func TestValidConfiguration(t *testing.T) {
	if err := Validate(base().normal(), around); err != nil {
		t.Error(err)
	}
}

func TestEachBadFieldIsNamed(t *testing.T) {
	address := func(cidr string) func(*Config) {
		return func(c *Config) { c.Interfaces[0].Addresses[0] = Address{ID: "a1", CIDR: cidr, Enabled: true} }
	}
	const first = "interfaces[0].addresses[0]"
	for name, tc := range map[string]struct {
		change func(*Config)
		field  string
		want   string
	}{
		"no host name":              {func(c *Config) { c.Hostname = "" }, "hostname", "Enter a host name"},
		"underscore":                {func(c *Config) { c.Hostname = "my_box" }, "hostname", "not a host name"},
		"hyphen in front":           {func(c *Config) { c.Hostname = "-box" }, "hostname", "not a host name"},
		"label of 64":               {func(c *Config) { c.Hostname = strings.Repeat("a", 64) }, "hostname", "not a host name"},
		"name of 254":               {func(c *Config) { c.Hostname = strings.Repeat("a.", 127) + "a" }, "hostname", "not a host name"},
		"address as name":           {func(c *Config) { c.Hostname = "192.0.2.10" }, "hostname", "not a host name"},
		"escape in name":            {func(c *Config) { c.Hostname = "box\x1b[2J" }, "hostname", "not a host name"},
		"no address":                {address("hello"), first, "not an IP address with a mask"},
		"no mask":                   {address("192.0.2.10"), first, "has no mask"},
		"empty mask":                {address("192.0.2.10/"), first, "has no mask"},
		"mask with holes":           {address("192.0.2.10/255.0.255.0"), first, "not a mask"},
		"mask of 33":                {address("192.0.2.10/33"), first, "not a mask"},
		"mask of 129":               {address("2001:db8::1/129"), first, "not a mask"},
		"negative mask":             {address("192.0.2.10/-1"), first, "not a mask"},
		"mask of 0":                 {address("192.0.2.10/0"), first, "no network is that large"},
		"mask of 4":                 {address("192.0.2.10/4"), first, "no network is that large"},
		"network address":           {address("192.0.2.0/24"), first, "address of the network"},
		"broadcast address":         {address("192.0.2.255/24"), first, "broadcast address"},
		"broadcast of a /30":        {address("192.0.2.7/30"), first, "broadcast address"},
		"all ones":                  {address("255.255.255.255/32"), first, "no machine can use"},
		"class E":                   {address("240.0.0.1/24"), first, "no machine can use"},
		"nothing":                   {address("0.0.0.0/24"), first, "stands for no address"},
		"this network":              {address("0.1.2.3/8"), first, "stands for no address"},
		"loopback":                  {address("127.0.0.1/8"), first, "loopback"},
		"multicast":                 {address("224.0.0.5/24"), first, "multicast"},
		"loopback 6":                {address("::1/128"), first, "loopback"},
		"multicast 6":               {address("ff02::1/64"), first, "multicast"},
		"link-local 6":              {address("fe80::1/64"), first, "link-local"},
		"all routers":               {address("2001:db8::/64"), first, "all routers"},
		"IPv4 in IPv6":              {address("::ffff:192.0.2.10/120"), first, "Write the IPv4 address as"},
		"zone":                      {address("fe80::1%eth0/64"), first, "not an IP address"},
		"list of addresses":         {address("192.0.2.10/24,192.0.2.11/24"), first, "not a mask"},
		"twice on one card":         {func(c *Config) { c.Interfaces[0].Addresses[1].CIDR = "192.0.2.10/25" }, "interfaces[0].addresses[1]", "listed twice"},
		"twice on two cards":        {func(c *Config) { c.Interfaces[1].Addresses = []Address{{ID: "a9", CIDR: "192.0.2.10/24"}} }, "interfaces[1].addresses[0]", "listed twice"},
		"factory deleted":           {func(c *Config) { c.Interfaces[0].Addresses = c.Interfaces[0].Addresses[:2] }, "interfaces", "cannot be deleted"},
		"factory changed":           {func(c *Config) { c.Interfaces[0].Addresses[2].CIDR = "169.254.1.2/16" }, "interfaces[0].addresses[2]", "cannot be changed"},
		"factory again":             {func(c *Config) { c.Interfaces[1].Addresses = []Address{{ID: "a9", CIDR: FactoryAddress}} }, "interfaces[1].addresses[0]", "already"},
		"unknown card":              {func(c *Config) { c.Interfaces[1].Name = "eth7" }, "interfaces[1].name", "no network card called"},
		"card twice":                {func(c *Config) { c.Interfaces[1].Name = "eth0" }, "interfaces[1].name", "configured twice"},
		"id twice":                  {func(c *Config) { c.Interfaces[0].Addresses[1].ID = "a1" }, "interfaces[0].addresses[1]", "used twice"},
		"id with markup":            {func(c *Config) { c.Interfaces[0].Addresses[1].ID = "<b>" }, "interfaces[0].addresses[1]", "not an id"},
		"many addresses":            {func(c *Config) { c.Interfaces[1].Addresses = make([]Address, 33) }, "interfaces[1].addresses", "more than"},
		"many cards":                {func(c *Config) { c.Interfaces = make([]Interface, 17) }, "interfaces", "more than"},
		"gateway is text":           {func(c *Config) { c.Gateway4 = "router" }, "gateway4", "not an IP address"},
		"gateway of other family":   {func(c *Config) { c.Gateway4 = "2001:db8::1" }, "gateway4", "not an IPv4 address"},
		"gateway6 is IPv4":          {func(c *Config) { c.Gateway6 = "192.0.2.1" }, "gateway6", "not an IPv6 address"},
		"gateway outside":           {func(c *Config) { c.Gateway4 = "198.51.100.1" }, "gateway4", "none of the subnets"},
		"gateway6 outside":          {func(c *Config) { c.Gateway6 = "2001:db8:1::1" }, "gateway6", "none of the subnets"},
		"gateway of a disabled one": {func(c *Config) { c.Interfaces[0].Addresses[0].Enabled = false }, "gateway4", "none of the subnets"},
		"gateway is the box":        {func(c *Config) { c.Gateway4 = "192.0.2.10" }, "gateway4", "this appliance itself"},
		"gateway is multicast":      {func(c *Config) { c.Gateway4 = "224.0.0.1" }, "gateway4", "not the address of a gateway"},
		"link-local without card":   {func(c *Config) { c.Gateway6 = "fe80::1" }, "gateway6", "Say on which card"},
		"link-local, wrong card":    {func(c *Config) { c.Gateway6 = "fe80::1%eth9" }, "gateway6", "no network card called"},
		"DNS by name":               {func(c *Config) { c.DNS[0] = "dns.example.net" }, "dns[0]", "not a name server"},
		"DNS port 0":                {func(c *Config) { c.DNS[0] = "192.0.2.53:0" }, "dns[0]", "not a name server"},
		"DNS port 65536":            {func(c *Config) { c.DNS[0] = "192.0.2.53:65536" }, "dns[0]", "not a name server"},
		"DNS multicast":             {func(c *Config) { c.DNS[1] = "224.0.0.251" }, "dns[1]", "not a name server"},
		"DNS twice":                 {func(c *Config) { c.DNS[1] = c.DNS[0] }, "dns[1]", "listed twice"},
		"nine name servers":         {func(c *Config) { c.DNS = make([]string, 9) }, "dns", "more than"},
		"NTP with a path":           {func(c *Config) { c.NTP[0] = "ntp.example.net/x" }, "ntp[0]", "not a time server"},
		"NTP without a host":        {func(c *Config) { c.NTP[0] = ":123" }, "ntp[0]", "not a time server"},
		"NTP with two ports":        {func(c *Config) { c.NTP[1] = "ntp.example.net:1:2" }, "ntp[1]", "not a time server"},
		"NTP as a number":           {func(c *Config) { c.NTP[1] = "12345" }, "ntp[1]", "not a time server"},
		"port too large":            {func(c *Config) { c.PublicPort = 65536 }, "publicPort", "not a port"},
		"port negative":             {func(c *Config) { c.PublicPort = -1 }, "publicPort", "not a port"},
	} {
		t.Run(name, func(t *testing.T) {
			c := base()
			tc.change(&c)
			var invalid *InvalidError
			if err := Validate(c, around); !errors.As(err, &invalid) {
				t.Fatalf("error %v", err)
			}
			text := invalid.Fields[tc.field]
			if !strings.Contains(text, tc.want) || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %q, want %q; all: %v", tc.field, text, tc.want, invalid.Fields)
			}
		})
	}
}

func TestUnusualButRight(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"a shared address, alone in its subnet": func(c *Config) { c.Interfaces[0].Addresses[0].CIDR = "192.0.2.10/32"; c.Gateway4 = "" },
		"a link of two":                         func(c *Config) { c.Interfaces[0].Addresses[0].CIDR = "192.0.2.0/31" },
		"gateway in a lease":                    func(c *Config) { c.Gateway4 = "198.51.100.1" },
		"gateway on a card by name":             func(c *Config) { c.Gateway6 = "fe80::1%eth1" },
		"factory address enabled":               func(c *Config) { c.Interfaces[0].Addresses[2].Enabled = true },
		"everything but DHCP disabled":          func(c *Config) { c.Interfaces[0].Addresses[0].Enabled = false; c.Gateway4 = "" },
		"an unplugged card":                     func(c *Config) { c.Interfaces[1].Name = "eth2" },
	} {
		c := base()
		change(&c)
		s := Surroundings{Cards: around.Cards, Known: []string{"eth2"}, Leases: []netip.Prefix{netip.MustParsePrefix("198.51.100.7/24")}}
		if err := Validate(c.normal(), s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNormalForm(t *testing.T) {
	c := Config{
		Hostname:   "  Box.Example.NET ",
		Interfaces: []Interface{{Name: " eth0", MAC: "02:00:00:00:00:0A", Addresses: []Address{{CIDR: " 192.0.2.10 / 255.255.255.0 "}, {CIDR: " "}, {ID: "a4", CIDR: "2001:DB8:0::10/64"}}}},
		Gateway6:   "2001:DB8::0001", DNS: []string{" 192.0.2.53", ""}, PublicPort: 443,
	}
	want := Config{
		Hostname:   "box.example.net",
		Interfaces: []Interface{{Name: "eth0", MAC: "02:00:00:00:00:0a", Addresses: []Address{{ID: "a5", CIDR: "192.0.2.10/24"}, {ID: "a4", CIDR: "2001:db8::10/64"}}}},
		Gateway6:   "2001:db8::1", DNS: []string{"192.0.2.53"}, NTP: []string{},
	}
	got := c.normal()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if again := got.normal(); !reflect.DeepEqual(again, got) {
		t.Errorf("not stable: %+v", again)
	}
	if c.Interfaces[0].Addresses[0].CIDR != " 192.0.2.10 / 255.255.255.0 " {
		t.Error("normal changed its receiver")
	}
}

func FuzzValidate(f *testing.F) {
	f.Add("192.0.2.10/24", "192.0.2.1", "box", "192.0.2.53:53", "ntp.example.net:123")
	f.Add("fe80::1%eth0/64", "fe80::1%eth0", "-", "[::]:1", "::")
	f.Fuzz(func(t *testing.T, cidr, gateway, host, dns, ntp string) {
		c := base()
		c.Interfaces[0].Addresses[0].CIDR = cidr
		c.Hostname, c.Gateway4, c.Gateway6, c.DNS, c.NTP = host, gateway, gateway, []string{dns}, []string{ntp}
		c = c.normal()
		err := Validate(c, around)
		var invalid *InvalidError
		if err != nil && (!errors.As(err, &invalid) || len(invalid.Fields) == 0) {
			t.Fatalf("error %v", err)
		}
		if err == nil && !netip.MustParsePrefix(c.Interfaces[0].Addresses[0].CIDR).Addr().IsValid() {
			t.Fatal("accepted an address that is none")
		}
	})
}
