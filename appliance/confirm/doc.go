// SPDX-License-Identifier: Apache-2.0

// Package confirm guards changes that can lock people out. Such a change is in
// force at once and reverts itself unless somebody who still gets in confirms
// it in time.
//
// What waits is stored beside the configuration, so a box that goes down
// meanwhile comes back with the change reverted. A revert that fails is tried
// again until it works or somebody confirms the change after all, and every
// failure is recorded and told.
//
// What a revert does is the business of the area: the guard goes through
// revision.Book, and so through the one path that all changes of an area take.
package confirm
