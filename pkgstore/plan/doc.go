// SPDX-License-Identifier: Apache-2.0

// Package plan tells what can be installed on a box and in which order (guide:
// Upgrade Preparation; Upgrade a Single BeyondTrust Appliance Using Automatic
// Updates).
//
// It knows versions, not files or boxes: whether there is space, whether the
// licence agreement was accepted, whether something else is running is asked
// elsewhere. Everything in it is a function of its arguments.
package plan
