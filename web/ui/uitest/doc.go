// SPDX-License-Identifier: Apache-2.0

// Package uitest holds what the tests of every page ask of it: that it is the
// page that was looked at last time, and that it is one that works without
// scripts, under the content security policy and with a screen reader.
package uitest
