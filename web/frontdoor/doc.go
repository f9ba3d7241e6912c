// SPDX-License-Identifier: Apache-2.0

// Package frontdoor answers ports 443 and 80 of the appliance: it holds the
// TLS settings, the limits on connections and requests, and decides by the
// path which half of the box a request belongs to. What is below /appliance is
// the gate's; the rest is handed on to the site's program, with the cookies and
// tokens of /appliance taken out and nothing let back in that could touch them.
// Port 80 only leads to 443.
//
// Sessions, routes and pages of /appliance live elsewhere.
package frontdoor
