// SPDX-License-Identifier: Apache-2.0

package frontdoor

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"understudy/naming"
	"understudy/web/gate"
)

// Redirect answers port 80: the same name and path at the port where clients
// reach 443. What is not a plain look at a page is refused, since it has
// already crossed the network in the clear.
func (d *Door) Redirect(w http.ResponseWriter, r *http.Request) {
	gate.Headers(w.Header(), gate.PageCSP)
	host, ok := redirectHost(r.Host)
	if !ok || gate.Canonical(r) != nil {
		http.Error(w, "That address cannot be read. Type it again, beginning with https://.", http.StatusBadRequest)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This port only leads to https. Nothing was done with what was sent.", http.StatusMethodNotAllowed)
		return
	}
	if port := d.config.PublicPort(); port != 443 && port > 0 {
		host += ":" + strconv.Itoa(port)
	}
	target := "https://" + host + r.URL.Path
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	http.Redirect(w, r, target, http.StatusTemporaryRedirect)
}

// redirectHost returns the name or address that a Host header names, without
// its port and ready to stand in a URL.
func redirectHost(header string) (string, bool) {
	host := header
	if name, _, err := net.SplitHostPort(header); err == nil {
		host = name
	} else {
		host = strings.Trim(host, "[]")
	}
	if a, err := netip.ParseAddr(host); err == nil {
		if a.Zone() != "" {
			return "", false
		}
		if a.Is6() {
			return "[" + a.String() + "]", true
		}
		return a.String(), true
	}
	return host, naming.Lookup(host)
}
