// SPDX-License-Identifier: Apache-2.0

// Package machinetest puts a machine below package updates for tests of what
// lies above it: pages and API.
package machinetest
