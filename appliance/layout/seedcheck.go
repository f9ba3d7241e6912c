// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"understudy/naming"
)

// maxListed bounds every list in a seed.
const maxListed = 64

// check adds a problem for every value that has the right type and is wrong.
func (s Seed) check(p *problems) {
	shape := func(name, value, what string, ok func(string) bool) {
		if value != "" && !ok(value) {
			p.addValue(name, ": %q is not %s.", clip(value), what)
		}
	}
	shape("hostname", s.Hostname, "a host name", naming.Hostname)
	shape("serial", s.Serial, "a serial number (letters, digits, dot, dash, underscore)", naming.ID)
	shape("profile", s.Profile, "the name of a hardware profile", naming.Short)
	shape("timezone", s.Timezone, "a time zone such as Europe/Vienna", validTimezone)
	shape("update.server", s.Update.Server, "a host or host:port", validHostPort)
	shape("update.trust_root", s.Update.TrustRoot, "TUF root metadata (a JSON object)", validJSONObject)
	shape("test.watchdog_timeout", s.Test.WatchdogTimeout, "a duration between 100ms and 24h", validDuration)
	shape("test.health_deadline", s.Test.HealthDeadline, "a duration between 100ms and 24h", validDuration)
	shape("test.panic_delay", s.Test.PanicDelay, "a duration between 100ms and 24h", validDuration)
	shape("test.confirm_timeout", s.Test.ConfirmTimeout, "a duration between 100ms and 24h", validDuration)
	s.Accounts.check(p)
	if n := s.HTTPS.PublicPort; n < 0 || n > 65535 {
		p.addValue("https.public_port", ": %d is not a port between 1 and 65535.", n)
	}
	s.Network.check(p)
}

func (a SeedAccounts) check(p *problems) {
	if err := checkPHC(a.AdminPasswordHash); a.AdminPasswordHash != "" && err != nil {
		p.addValue("accounts.admin_password_hash", ": %v.", err)
	}
	if err := checkPHC(a.SitePasswordHash); a.SitePasswordHash != "" && err != nil {
		p.addValue("accounts.site_password_hash", ": %v.", err)
	}
}

func (n SeedNetwork) check(p *problems) {
	if len(n.Interfaces) > maxListed || len(n.DNS) > maxListed || len(n.NTP) > maxListed {
		p.addValue("network", ": a list has more than the %d entries allowed.", maxListed)
		return
	}
	var subnets []netip.Prefix
	for i, c := range n.Interfaces {
		subnets = append(subnets, c.check(fmt.Sprintf("network.interfaces[%d]", i+1), p)...)
	}
	checkGateway("network.gateway4", n.Gateway4, netip.Addr.Is4, subnets, p)
	checkGateway("network.gateway6", n.Gateway6, netip.Addr.Is6, subnets, p)
	for i, d := range n.DNS {
		if host, _, err := splitHostPort(d); err != nil || !isAddr(host) {
			p.addValue(fmt.Sprintf("network.dns[%d]", i+1), ": %q is not an address or address:port.", clip(d))
		}
	}
	for i, d := range n.NTP {
		if !validHostPort(d) {
			p.addValue(fmt.Sprintf("network.ntp[%d]", i+1), ": %q is not a host or host:port.", clip(d))
		}
	}
}

func (c SeedInterface) check(name string, p *problems) []netip.Prefix {
	switch {
	case (c.MAC == "") == (c.Name == ""):
		p.addValue(name, " needs either mac or name.")
	case c.MAC != "" && !validMAC(c.MAC):
		p.addValue(name+".mac", ": %q is not a MAC address of six bytes.", clip(c.MAC))
	case c.Name != "" && !validIfname(c.Name):
		p.addValue(name+".name", ": %q is not the name of an interface.", clip(c.Name))
	}
	if !c.DHCP && len(c.Addresses) == 0 {
		p.addValue(name, " needs dhcp = true or addresses.")
	}
	if len(c.Addresses) > maxListed {
		p.addValue(name+".addresses", ": %d entries are more than the %d allowed.", len(c.Addresses), maxListed)
		return nil
	}
	var subnets []netip.Prefix
	for i, a := range c.Addresses {
		prefix, err := checkCIDR(a)
		if err != nil {
			p.addValue(fmt.Sprintf("%s.addresses[%d]", name, i+1), ": %q %v.", clip(a), err)
			continue
		}
		subnets = append(subnets, prefix)
	}
	return subnets
}

// checkCIDR accepts an address that a host may have, with its prefix length.
func checkCIDR(s string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return prefix, fmt.Errorf("is not an address with a prefix length, such as 192.0.2.10/24")
	}
	a := prefix.Addr()
	if a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() || a.Is4In6() || prefix.Bits() == 0 {
		return prefix, fmt.Errorf("is not an address that a host can have")
	}
	if a.Is4() && prefix.Bits() < 31 {
		next := a.Next()
		if a == prefix.Masked().Addr() || !next.IsValid() || !prefix.Contains(next) {
			return prefix, fmt.Errorf("is the first or last address of its subnet")
		}
	}
	return prefix, nil
}

// checkGateway wants an address of the right family. It must lie in a subnet
// of a static address if there is one of that family; an IPv6 gateway may also
// be link-local.
func checkGateway(name, value string, family func(netip.Addr) bool, subnets []netip.Prefix, p *problems) {
	if value == "" {
		return
	}
	a, err := netip.ParseAddr(value)
	if err != nil || !family(a) || a.Zone() != "" || a.Is4In6() || a.IsUnspecified() || a.IsMulticast() || a.IsLoopback() {
		p.addValue(name, ": %q is not the address of a gateway.", clip(value))
		return
	}
	static := false
	for _, s := range subnets {
		static = static || family(s.Addr())
		if s.Contains(a) {
			return
		}
	}
	if static && !a.IsLinkLocalUnicast() {
		p.addValue(name, ": %s is in none of the configured subnets.", a)
	}
}

func isAddr(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == ""
}

// validHostPort accepts a host name or address, with or without a port.
func validHostPort(s string) bool {
	host, _, err := splitHostPort(s)
	return err == nil && (isAddr(host) || naming.Hostname(host))
}

// splitHostPort is net.SplitHostPort with an optional port, which must be a
// decimal number from 1 to 65535; 0 stands for none.
func splitHostPort(s string) (host string, port int, err error) {
	if isAddr(s) || !strings.Contains(s, ":") {
		return s, 0, nil
	}
	host, text, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, err
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 || text[0] == '+' {
		return "", 0, fmt.Errorf("port %q", clip(text))
	}
	return host, int(n), nil
}

// validTimezone accepts the form of a name in the time zone database.
func validTimezone(s string) bool {
	parts := strings.Split(s, "/")
	for _, p := range parts {
		if p == "" || len(p) > 32 || strings.Trim(p, zoneBytes) != "" {
			return false
		}
	}
	return len(parts) <= 3
}

const zoneBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-"

// validIfname accepts what the kernel calls a card: less than IFNAMSIZ bytes.
func validIfname(s string) bool { return len(s) < 16 && naming.ID(s) }

func validMAC(s string) bool {
	m, err := net.ParseMAC(s)
	return err == nil && len(m) == 6 && m[0]&1 == 0
}

func validJSONObject(s string) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal([]byte(s), &object) == nil && object != nil
}

func validDuration(s string) bool {
	d, err := time.ParseDuration(s)
	return err == nil && d >= 100*time.Millisecond && d <= 24*time.Hour
}

// checkPHC accepts $argon2id$v=19$m=…,t=…,p=…$salt$hash with parameters that a
// box can bear: a seed must not be able to make every sign-in take an hour.
func checkPHC(s string) error {
	const shape = "is not an argon2id hash in PHC form ($argon2id$v=19$m=…,t=…,p=…$salt$hash)"
	part := strings.Split(s, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != "v=19" {
		return fmt.Errorf("the value %s", shape)
	}
	param := strings.Split(part[3], ",")
	limits := []struct {
		key, name string
		min, max  uint64
	}{{"m=", "memory (m, KiB)", 8, 1 << 20}, {"t=", "time (t)", 1, 64}, {"p=", "parallelism (p)", 1, 64}}
	if len(param) != len(limits) {
		return fmt.Errorf("the value %s", shape)
	}
	for i, l := range limits {
		text, ok := strings.CutPrefix(param[i], l.key)
		n, err := strconv.ParseUint(text, 10, 64)
		switch {
		case !ok || errors.Is(err, strconv.ErrSyntax):
			return fmt.Errorf("the value %s", shape)
		case err != nil || n < l.min || n > l.max:
			return fmt.Errorf("%s must be between %d and %d", l.name, l.min, l.max)
		}
	}
	salt, err1 := base64.RawStdEncoding.Strict().DecodeString(part[4])
	hash, err2 := base64.RawStdEncoding.Strict().DecodeString(part[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(salt) > 64 || len(hash) < 16 || len(hash) > 64 {
		return fmt.Errorf("the value %s", shape)
	}
	return nil
}
