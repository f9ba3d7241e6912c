// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"slices"
	"strconv"
	"strings"

	"understudy/appliance/base/network"
)

// changesOf says in sentences what a new configuration changes, for people to
// read before they apply it.
func changesOf(old, fresh network.Config) []string {
	var what []string
	say := func(name, before, after string) {
		if before != after {
			what = append(what, name+": "+orNone(before)+" → "+orNone(after))
		}
	}
	say("Host name", old.Hostname, strings.TrimSpace(fresh.Hostname))
	say("Default gateway (IPv4)", old.Gateway4, strings.TrimSpace(fresh.Gateway4))
	say("Default gateway (IPv6)", old.Gateway6, strings.TrimSpace(fresh.Gateway6))
	say("DNS servers", strings.Join(old.DNS, ", "), strings.Join(fresh.DNS, ", "))
	say("NTP servers", strings.Join(old.NTP, ", "), strings.Join(fresh.NTP, ", "))
	say("Public HTTPS port", port(old.PublicPort), port(fresh.PublicPort))
	for _, card := range fresh.Interfaces {
		i := slices.IndexFunc(old.Interfaces, func(o network.Interface) bool { return o.Name == card.Name && o.MAC == card.MAC })
		if i >= 0 {
			what = append(what, cardChanges(old.Interfaces[i], card)...)
		}
	}
	return what
}

func port(n int) string {
	if n == 0 || n == 443 {
		return "443"
	}
	return strconv.Itoa(n)
}

func cardChanges(old, fresh network.Interface) []string {
	var what []string
	if old.DHCP4 != fresh.DHCP4 {
		what = append(what, fresh.Name+": DHCP (IPv4) → "+strings.ToLower(onOff(fresh.DHCP4)))
	}
	if old.DHCP6 != fresh.DHCP6 {
		what = append(what, fresh.Name+": automatic IPv6 → "+strings.ToLower(onOff(fresh.DHCP6)))
	}
	before := make(map[string]network.Address)
	for _, a := range old.Addresses {
		before[a.ID] = a
	}
	for _, a := range fresh.Addresses {
		was, known := before[a.ID]
		delete(before, a.ID)
		cidr := strings.TrimSpace(a.CIDR)
		switch {
		case !known || a.ID == "":
			what = append(what, fresh.Name+": "+cidr+" is added, "+enabled(a.Enabled))
			continue
		case was.CIDR != cidr:
			what = append(what, fresh.Name+": "+was.CIDR+" → "+cidr)
		}
		if was.Enabled != a.Enabled {
			what = append(what, fresh.Name+": "+cidr+" becomes "+enabled(a.Enabled))
		}
	}
	for _, a := range old.Addresses {
		if _, gone := before[a.ID]; gone {
			what = append(what, fresh.Name+": "+a.CIDR+" is removed")
		}
	}
	return what
}

func enabled(on bool) string {
	if on {
		return "enabled"
	}
	return "disabled"
}
