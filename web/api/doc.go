// SPDX-License-Identifier: Apache-2.0

// Package api is the box's own API, /appliance/api/v1: the twin of every page
// of /appliance, over the same domain functions.
//
// An operation is declared once: id, path, policy, scope, errors, and a
// function from a typed request to a typed answer. From the declaration come
// the gate's route, which enforces it, and the OpenAPI 3.1 document, which
// describes it; a test holds the two against each other and against the forms
// of the pages. The documents that travel are those of package applianceapi.
//
// Requests are read strictly: JSON only, bounded in size and depth, no unknown
// or doubled names. Errors are application/problem+json; what failed on this
// side goes to the gate's report and reaches the caller as a reference.
//
// What does not live here: policy enforcement (package gate), domain rules
// (below appliance/), and the vendor-compatible API.
package api
