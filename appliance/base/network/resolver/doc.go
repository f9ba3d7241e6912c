// SPDX-License-Identifier: Apache-2.0

// Package resolver asks the box's name servers. They may listen on ports of
// their own, which resolv.conf cannot express, so that names are looked up
// here and not by the C library's rules: Net is a net.Resolver for programs,
// Query a single question with everything the answer said, for people.
//
// Which servers there are comes from package network.
package resolver
