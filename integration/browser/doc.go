// SPDX-License-Identifier: Apache-2.0

// Package browser opens every page of /appliance in a real browser (package
// chromium) and holds each against what all pages promise: no violation of their
// content security policy, nothing on the console, no finding of axe-core in
// light and in dark, nothing that sticks out of a telephone's screen. It leaves
// a picture of each page under build/screenshots, and walks through the main
// flows with scripts turned off.
//
// The pages are those of an appliance in a virtual machine; with
// UNDERSTUDY_URL in the environment they are those of a box that already runs
// (see target_test.go). What the pages should say and do is for package guide.
package browser
