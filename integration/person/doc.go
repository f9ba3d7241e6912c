// SPDX-License-Identifier: Apache-2.0

// Package person is somebody at the pages of an appliance, with a browser that
// runs no scripts: opens addresses, reads what is shown, follows links by their
// words, fills in fields by their labels and presses buttons. What is sent is
// what the form on the page holds, so a test that acts through a Person has no
// back door, and proves on the way that the page works without scripts.
//
// What should be on the pages is not decided here; packages guide and faults
// say that. How pages look is for package browser.
package person
