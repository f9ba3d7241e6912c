// SPDX-License-Identifier: Apache-2.0

package network

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"understudy/naming"
)

func checkHostname(p problems, name string) {
	switch {
	case name == "":
		p.add("hostname", "Enter a host name.")
	case !validName(name):
		p.add("hostname", "%.80q is not a host name: use letters, digits and hyphens, in parts of at most 63 characters with dots between.", name)
	}
}

// validName accepts the name of a host unless its last part is a number: others
// would read that as an address.
func validName(name string) bool {
	_, err := strconv.ParseUint(name[strings.LastIndexByte(name, '.')+1:], 10, 64)
	return err != nil && naming.Hostname(name)
}

// validID accepts what addresses are told apart by: 1 to 32 lower-case letters,
// digits and dashes.
func validID(id string) bool {
	return id != "" && len(id) <= 32 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func checkServers(p problems, field string, list []string, check func(string) string) {
	if len(list) > maxServers {
		p.add(field, "%d servers are more than the %d that are asked.", len(list), maxServers)
		return
	}
	seen := map[string]bool{}
	for i, s := range list {
		at := fmt.Sprintf("%s[%d]", field, i)
		if problem := check(s); problem != "" {
			p.add(at, "%s", problem)
		}
		if seen[s] {
			p.add(at, "%s is listed twice.", s)
		}
		seen[s] = true
	}
}

func checkDNS(s string) string {
	if _, err := parseServer(s, dnsPort); err != nil {
		return fmt.Sprintf("%.80q is not a name server: enter an IP address, with a port behind a colon if it is not %d.", s, dnsPort)
	}
	return ""
}

func checkNTP(s string) string {
	host, _, err := splitPort(s)
	if err == nil {
		if a, parsed := netip.ParseAddr(host); parsed == nil {
			if usableServer(a) {
				return ""
			}
		} else if validName(host) {
			return ""
		}
	}
	return fmt.Sprintf("%.80q is not a time server: enter a name or an IP address, with a port behind a colon if it is not 123.", s)
}

const dnsPort = 53

// parseServer reads an address with an optional port.
func parseServer(s string, port uint16) (netip.AddrPort, error) {
	host, given, err := splitPort(s)
	if err != nil {
		return netip.AddrPort{}, err
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	if !usableServer(a) {
		return netip.AddrPort{}, fmt.Errorf("%s is not the address of a server", a)
	}
	if given != 0 {
		port = given
	}
	return netip.AddrPortFrom(a, port), nil
}

// usableServer keeps out what no server has. Loopback is allowed: in a lab a
// server may run beside this one.
func usableServer(a netip.Addr) bool {
	return !a.IsUnspecified() && !a.IsMulticast() && !a.Is4In6() && !(a.Is4() && a.As4()[0] >= 240)
}

// splitPort takes an optional port off: 0 if there is none.
func splitPort(s string) (host string, port uint16, err error) {
	if _, err := netip.ParseAddr(s); err == nil || !strings.Contains(s, ":") {
		return s, 0, nil
	}
	host, text, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, err
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 || strings.HasPrefix(text, "+") {
		return "", 0, fmt.Errorf("%q is not a port", text)
	}
	return host, uint16(n), nil
}
