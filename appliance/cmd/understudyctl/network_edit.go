// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

// networkEdit is a change of the network as flags say it.
type networkEdit struct {
	hostname, gateway4, gateway6 string
	dns, ntp                     []string
	dhcp4, dhcp6                 []string // CARD=on, CARD=off
	add, remove, enable, disable []string // CARD=ADDRESS/LENGTH
}

func (e *networkEdit) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&e.hostname, "hostname", "", "host name")
	f.StringVar(&e.gateway4, "gateway4", "", "IPv4 gateway; empty for none")
	f.StringVar(&e.gateway6, "gateway6", "", "IPv6 gateway; empty for none")
	f.StringSliceVar(&e.dns, "dns", nil, "name servers, instead of the present ones")
	f.StringSliceVar(&e.ntp, "ntp", nil, "time servers, instead of the present ones")
	f.StringSliceVar(&e.dhcp4, "dhcp4", nil, "CARD=on or CARD=off: IPv4 by DHCP")
	f.StringSliceVar(&e.dhcp6, "dhcp6", nil, "CARD=on or CARD=off: IPv6 as routers advertise it")
	f.StringSliceVar(&e.add, "add-address", nil, "CARD=ADDRESS/LENGTH: add a static address and use it")
	f.StringSliceVar(&e.remove, "remove-address", nil, "CARD=ADDRESS/LENGTH: remove a static address")
	f.StringSliceVar(&e.enable, "enable-address", nil, "CARD=ADDRESS/LENGTH: use a static address")
	f.StringSliceVar(&e.disable, "disable-address", nil, "CARD=ADDRESS/LENGTH: keep a static address without using it")
}

// cloneConfig makes a copy that shares no list with n.
func cloneConfig(n applianceapi.NetworkConfig) applianceapi.NetworkConfig {
	n.Interfaces = slices.Clone(n.Interfaces)
	for i := range n.Interfaces {
		n.Interfaces[i].Addresses = slices.Clone(n.Interfaces[i].Addresses)
	}
	return n
}

// apply makes the changes whose flags were given. Whether the outcome makes
// sense is for the appliance to say.
func (e *networkEdit) apply(c *cobra.Command, n *applianceapi.NetworkConfig) error {
	given := c.Flags().Changed
	for name, set := range map[string]struct{ from, to *string }{
		"hostname": {&e.hostname, &n.Hostname}, "gateway4": {&e.gateway4, &n.Gateway4}, "gateway6": {&e.gateway6, &n.Gateway6},
	} {
		if given(name) {
			*set.to = *set.from
		}
	}
	if given("dns") {
		n.DNS = e.dns
	}
	if given("ntp") {
		n.NTP = e.ntp
	}
	for _, step := range []struct {
		flag   string
		values []string
		do     func(i *applianceapi.NetworkInterface, value string) error
	}{
		{"dhcp4", e.dhcp4, func(i *applianceapi.NetworkInterface, v string) error { return onOff(&i.DHCP4, v) }},
		{"dhcp6", e.dhcp6, func(i *applianceapi.NetworkInterface, v string) error { return onOff(&i.DHCP6, v) }},
		{"remove-address", e.remove, removeAddress},
		{"add-address", e.add, addAddress},
		{"enable-address", e.enable, func(i *applianceapi.NetworkInterface, v string) error { return enableAddress(i, v, true) }},
		{"disable-address", e.disable, func(i *applianceapi.NetworkInterface, v string) error { return enableAddress(i, v, false) }},
	} {
		for _, value := range step.values {
			if err := onCard(n, value, step.do); err != nil {
				return usage("--%s %s: %w", step.flag, value, err)
			}
		}
	}
	return nil
}

// onCard splits CARD=VALUE and finds the card.
func onCard(n *applianceapi.NetworkConfig, text string, do func(*applianceapi.NetworkInterface, string) error) error {
	card, value, ok := strings.Cut(text, "=")
	if !ok || value == "" {
		return usage("not of the form CARD=VALUE")
	}
	for i := range n.Interfaces {
		if n.Interfaces[i].Name == card {
			return do(&n.Interfaces[i], value)
		}
	}
	return usage("the appliance has no network card %s", card)
}

func onOff(flag *bool, value string) error {
	if value != "on" && value != "off" {
		return usage("neither on nor off")
	}
	*flag = value == "on"
	return nil
}

func addAddress(i *applianceapi.NetworkInterface, cidr string) error {
	i.Addresses = append(i.Addresses, applianceapi.NetworkAddress{CIDR: cidr, Enabled: true})
	return nil
}

func removeAddress(i *applianceapi.NetworkInterface, cidr string) error {
	at := indexAddress(i, cidr)
	if at < 0 {
		return usage("%s has no address %s", i.Name, cidr)
	}
	i.Addresses = slices.Delete(i.Addresses, at, at+1)
	return nil
}

func enableAddress(i *applianceapi.NetworkInterface, cidr string, enabled bool) error {
	at := indexAddress(i, cidr)
	if at < 0 {
		return usage("%s has no address %s", i.Name, cidr)
	}
	i.Addresses[at].Enabled = enabled
	return nil
}

func indexAddress(i *applianceapi.NetworkInterface, cidr string) int {
	return slices.IndexFunc(i.Addresses, func(a applianceapi.NetworkAddress) bool { return a.CIDR == cidr })
}
