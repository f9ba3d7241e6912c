// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Types are the record types that can be asked for, by name.
func Types() []string {
	return []string{"A", "AAAA", "CNAME", "MX", "NS", "PTR", "SRV", "TXT"}
}

// ParseType reads the name of a record type.
func ParseType(s string) (dnsmessage.Type, bool) {
	t, ok := map[string]dnsmessage.Type{
		"A": dnsmessage.TypeA, "AAAA": dnsmessage.TypeAAAA, "CNAME": dnsmessage.TypeCNAME, "MX": dnsmessage.TypeMX,
		"NS": dnsmessage.TypeNS, "PTR": dnsmessage.TypePTR, "SRV": dnsmessage.TypeSRV, "TXT": dnsmessage.TypeTXT,
	}[strings.ToUpper(s)]
	return t, ok
}

// records keeps what this package can write down for people.
func records(list []dnsmessage.Resource) []Record {
	var out []Record
	for _, r := range list {
		if data, ok := dataOf(r.Body); ok {
			out = append(out, Record{Name: plain(r.Header.Name), Type: strings.TrimPrefix(r.Header.Type.String(), "Type"),
				Data: data, TTL: time.Duration(r.Header.TTL) * time.Second})
		}
	}
	return out
}

func dataOf(body dnsmessage.ResourceBody) (string, bool) {
	switch b := body.(type) {
	case *dnsmessage.AResource:
		return netip.AddrFrom4(b.A).String(), true
	case *dnsmessage.AAAAResource:
		return netip.AddrFrom16(b.AAAA).String(), true
	case *dnsmessage.CNAMEResource:
		return plain(b.CNAME), true
	case *dnsmessage.NSResource:
		return plain(b.NS), true
	case *dnsmessage.PTRResource:
		return plain(b.PTR), true
	case *dnsmessage.MXResource:
		return fmt.Sprintf("%d %s", b.Pref, plain(b.MX)), true
	case *dnsmessage.SRVResource:
		return fmt.Sprintf("%d %d %d %s", b.Priority, b.Weight, b.Port, plain(b.Target)), true
	case *dnsmessage.TXTResource:
		quoted := make([]string, len(b.TXT))
		for i, t := range b.TXT {
			quoted[i] = strconv.QuoteToASCII(t)
		}
		return strings.Join(quoted, " "), true
	}
	return "", false
}

// plain is a name as people write it. A name may hold any byte: what is not
// printable ASCII is escaped.
func plain(n dnsmessage.Name) string {
	s := strings.TrimSuffix(n.String(), ".")
	if s == "" {
		return "."
	}
	quoted := strconv.QuoteToASCII(s)
	return quoted[1 : len(quoted)-1]
}

func equalFold(a, b dnsmessage.Name) bool { return strings.EqualFold(a.String(), b.String()) }

// ReverseName is the name under which an address has its PTR record.
func ReverseName(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	var b strings.Builder
	bytes := a.AsSlice()
	for i := len(bytes) - 1; i >= 0; i-- {
		if a.Is4() {
			fmt.Fprintf(&b, "%d.", bytes[i])
		} else {
			fmt.Fprintf(&b, "%x.%x.", bytes[i]&0xf, bytes[i]>>4)
		}
	}
	if a.Is4() {
		return b.String() + "in-addr.arpa"
	}
	return b.String() + "ip6.arpa"
}
