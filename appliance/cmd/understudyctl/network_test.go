// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func network(addresses ...string) applianceapi.NetworkConfig {
	card := applianceapi.NetworkInterface{Name: "eth0", DHCP4: true}
	for _, a := range addresses {
		card.Addresses = append(card.Addresses, applianceapi.NetworkAddress{CIDR: a, Enabled: true})
	}
	return applianceapi.NetworkConfig{Hostname: "box", Gateway4: "192.0.2.1", Interfaces: []applianceapi.NetworkInterface{card}}
}

// edit applies flags to a configuration.
func edit(t *testing.T, n applianceapi.NetworkConfig, flags ...string) (applianceapi.NetworkConfig, error) {
	t.Helper()
	var e networkEdit
	c := &cobra.Command{}
	e.flags(c)
	if err := c.ParseFlags(flags); err != nil {
		t.Fatal(err)
	}
	before := cloneConfig(n)
	out := cloneConfig(n)
	err := e.apply(c, &out)
	if diff := cmp.Diff(before, n); diff != "" {
		t.Errorf("the edit changed what it was made from:\n%s", diff)
	}
	return out, err
}

func TestNetworkEdit(t *testing.T) {
	got, err := edit(t, network("192.0.2.10/24", "192.0.2.11/24"), "--hostname=new", "--gateway4=", "--dns=192.0.2.53,192.0.2.54",
		"--dhcp4=eth0=off", "--remove-address=eth0=192.0.2.10/24", "--add-address=eth0=192.0.2.12/24", "--disable-address=eth0=192.0.2.11/24")
	if err != nil {
		t.Fatal(err)
	}
	want := network("192.0.2.11/24", "192.0.2.12/24")
	want.Hostname, want.Gateway4, want.DNS = "new", "", []string{"192.0.2.53", "192.0.2.54"}
	want.Interfaces[0].DHCP4, want.Interfaces[0].Addresses[0].Enabled = false, false
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	for _, wrong := range []string{
		"--add-address=192.0.2.12/24", "--add-address=eth0=", "--add-address=eth7=192.0.2.12/24",
		"--dhcp4=eth0=maybe", "--remove-address=eth0=192.0.2.99/24", "--enable-address=eth0=192.0.2.99/24",
	} {
		if _, err := edit(t, network("192.0.2.10/24"), wrong); exitCode(err, true) != exitUsage {
			t.Errorf("%s gives %v", wrong, err)
		}
	}
}

func TestCandidates(t *testing.T) {
	before := network("192.0.2.10/24")
	off := network("192.0.2.10/24", "192.0.2.11/24")
	off.Interfaces[0].Addresses[1].Enabled = false
	for _, row := range []struct {
		name, present, at string
		after             applianceapi.NetworkConfig
		want              []string
	}{
		{"a new address", "https://192.0.2.10", "", network("192.0.2.11/24"), []string{"https://192.0.2.11"}},
		{"with a port", "https://192.0.2.10:8443", "", network("192.0.2.11/24", "2001:db8::1/64"), []string{"https://192.0.2.11:8443", "https://[2001:db8::1]:8443"}},
		{"IPv6 without a port", "https://192.0.2.10", "", network("2001:db8::1/64"), []string{"https://[2001:db8::1]"}},
		{"no new address", "https://192.0.2.10", "", before, []string{"https://192.0.2.10"}},
		{"not in use", "https://192.0.2.10", "", off, []string{"https://192.0.2.10"}},
		{"said where", "https://192.0.2.10", "https://127.0.0.1:9", network("192.0.2.11/24"), []string{"https://127.0.0.1:9"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := candidates(row.present, row.at, before, row.after); !slices.Equal(got, row.want) {
				t.Errorf("looks at %v, want %v", got, row.want)
			}
		})
	}
}
