// SPDX-License-Identifier: Apache-2.0

// Package sitehosttest is what a site's host needs around it where there is no
// box: something that runs its programs, and a browser before its pages.
package sitehosttest
