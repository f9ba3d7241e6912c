// SPDX-License-Identifier: Apache-2.0

package frontdoor

import (
	"net/http"
	"strings"

	"understudy/appliance/account"
	"understudy/web/gate"
)

// The two halves share a host name, and so a browser sends the cookies of both
// to each. Neither gets the other's: a flaw in one gives no session of the
// other.

// forAppliance keeps of the cookies those of /appliance.
func forAppliance(r *http.Request) *http.Request {
	return keepCookies(r, func(name string) bool { return strings.HasPrefix(name, gate.Cookie) })
}

// forSite keeps all others, and takes out an API token of /appliance.
func forSite(r *http.Request) *http.Request {
	r = keepCookies(r, func(name string) bool { return !strings.HasPrefix(name, gate.Cookie) })
	if strings.Contains(r.Header.Get("Authorization"), account.TokenPrefix) {
		r = r.Clone(r.Context())
		r.Header.Del("Authorization")
	}
	return r
}

func keepCookies(r *http.Request, keep func(name string) bool) *http.Request {
	if len(r.Header["Cookie"]) == 0 {
		return r
	}
	changed := r.Clone(r.Context())
	changed.Header.Del("Cookie")
	for _, c := range r.Cookies() {
		if keep(c.Name) {
			changed.AddCookie(c)
		}
	}
	return changed
}
