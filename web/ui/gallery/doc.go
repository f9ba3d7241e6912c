// SPDX-License-Identifier: Apache-2.0

// Package gallery shows every component of package ui in each of its states
// on one page, for tests and for people who change how pages look. No program
// of the appliance serves it.
//
//	go test ./web/ui/gallery -serve 127.0.0.1:8080
package gallery
