// SPDX-License-Identifier: Apache-2.0

// Package server is the update server: customers and their appliances, what
// each may have, the packages that are built for them, and the HTTP of it: an
// API for appliances that check for updates, a page for people who bring an
// Appliance Download Key.
//
// Who is right about a package is package trust's business, what is in one
// package pack's, what fits whom package plan's, and what a box says of itself
// package checkin's.
package server
