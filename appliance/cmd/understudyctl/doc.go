// SPDX-License-Identifier: Apache-2.0

// Understudyctl drives an appliance from a terminal or a script: what the
// pages of /appliance do, over the same API, with text for people, --json for
// programs, and exit codes that mean something.
//
// One file holds one command; what they share is the connection (connect.go),
// the saved sign-ins (config.go), the printers (printer.go, text.go, json.go),
// questions to the person (ask.go) and following a task (follow.go). The wire
// format and the client live in package applianceapi.
package main
