// SPDX-License-Identifier: Apache-2.0

// Package appliance holds the pages of /appliance: a file an act, named after
// it. Each reads its form, asks the domain package, and renders or redirects;
// what the act means is decided there, not here.
//
// A form that is refused comes back with status 422 and a sentence at the
// field. An act that worked answers with a redirect, so that reloading repeats
// nothing, and the page that follows says what was done. A change made on top
// of someone else's answers with the conflict page. Every page works without
// scripts; with them, the task drawer, task pages and banners are live.
//
// What does not live here: the look (package ui), who may call what is checked
// (package gate), and the same acts for programs (package api).
package appliance
