// SPDX-License-Identifier: Apache-2.0

// Package login holds the pages of /login, which the site software serves: a
// file an act, as in package appliance, and by the same rules for forms,
// refusals and redirects. It also holds what stands before those pages in the
// site's program: Behind, which believes the front door about the client, and
// Freeze, which ends writes while an update is installed.
//
// What does not live here: the look (package ui), who may call what is checked
// (package gate), sockets and processes (the command sited).
package login
