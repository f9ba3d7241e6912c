// SPDX-License-Identifier: Apache-2.0

// Package trust decides which packages are genuine, by The Update Framework
// (TUF). A package has no signature of its own: its length and SHA-256 stand
// in signed metadata, and nobody opens it before they have been checked.
//
// It has both ends: the client (Dir, Refresh, OpenOffline, Target.Reader) and
// what signs (Keys, Publisher, WriteOffline). TRUST.md says who signs what, and
// specifies the offline file.
//
// The judgement is go-tuf's (metadata, trustedmetadata). Fetching, storing, and
// the words for what went wrong are ours. So is signing: Ed25519 over go-tuf's
// canonical JSON, because its own signer brings nothing but an interface. Before
// go-tuf sees metadata, it must have the one form in which we write it: see
// decode.
//
// What a package holds is package pack's, whether it may be installed package
// plan's, and where bytes come from the caller's.
package trust
