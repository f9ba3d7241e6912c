// SPDX-License-Identifier: Apache-2.0

// Package services names the domain services that the pages of /appliance and
// its API work on, so that both are given the same ones and neither imports
// the other. It holds no behaviour.
package services
