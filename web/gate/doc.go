// SPDX-License-Identifier: Apache-2.0

// Package gate is the one way into /appliance: a router that knows who may
// call what, and refuses everything it was not told about.
//
// A route states its method, its pattern and its policy; New fails when one of
// them is missing or two routes clash, so a handler cannot be reachable by
// accident. A request passes, in this order: security headers, recovery from
// panics, the canonical form of its path, the cap on concurrent work, the
// origin check, the body cap, the route, who is asking, and the policy. What
// fails is answered here, as a small page or, below the API's prefix, as
// problem+json; a handler only ever sees a request that it is meant to answer.
//
// What does not live here: passwords and sessions (package account), page
// templates (package ui), and what any page does.
package gate
