// SPDX-License-Identifier: Apache-2.0

// Package guide walks the journeys that an administrator takes with an
// appliance: a test a journey, a step of it a subtest, in machines that boot the
// real image, through pages, console and programs that a user has and nothing
// else. A journey stops at the first step that fails, as a person would.
//
// How pages look is for package browser, what happens to bad input and to boxes
// whose power fails is for package faults.
package guide
