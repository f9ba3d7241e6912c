// SPDX-License-Identifier: Apache-2.0

// Package appliancetest is an appliance for the tests of its pages: the real
// services over real databases in a directory of the test, with the gate and
// the front door before them. Only what ends at the machine itself is played:
// the kernel's network, the supervisor, the size of the machine, and time.
package appliancetest
