// SPDX-License-Identifier: Apache-2.0

// Package clock keeps the box's time.
package clock
