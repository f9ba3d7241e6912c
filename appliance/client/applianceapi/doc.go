// SPDX-License-Identifier: Apache-2.0

// Package applianceapi is the box's own API, seen from outside: the documents
// that travel over /appliance/api/v1 and a small client that speaks it.
//
// The types are the wire format. The server (package web/api) fills the same
// ones, and their field tags are where the OpenAPI document takes its words
// from, so a field is described once. Times are RFC 3339 in UTC; a time that
// never was is left out. Field names are camel case, enumerations lower case.
//
// What does not live here: policy, domain rules and anything that needs the
// box. The package imports the standard library only, so that a program that
// drives an appliance can take it as it is.
package applianceapi
