// SPDX-License-Identifier: Apache-2.0

// Package revision keeps the configuration. An area ("network", "users") has
// one JSON document; each change of it is a revision that says who, when, why
// and what, and that can be reverted.
//
// A change that changes nothing makes no revision. Two people who edit the
// same area do not overwrite each other: Put takes the revision a change is
// based on. Secrets never enter a document, as everybody who may look at the
// configuration reads its history.
//
// Bringing a document into force is the business of its area, which hands its
// function for that to Handle.
package revision
