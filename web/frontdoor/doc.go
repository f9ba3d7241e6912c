// SPDX-License-Identifier: Apache-2.0

// Package frontdoor answers ports 443 and 80 of the appliance: it holds the
// TLS settings, the limits on connections and requests, and decides by the
// path which half of the box a request belongs to. What is below /appliance is
// the gate's; the rest is the site's, once there is one, with the cookies of
// /appliance taken out. Port 80 only leads to 443.
//
// Sessions, routes and pages of /appliance live elsewhere.
package frontdoor
