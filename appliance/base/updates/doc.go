// SPDX-License-Identifier: Apache-2.0

// Package updates installs packages: the guide's chapters on automatic and on
// manual updates.
//
// An update of the Base software is a state machine whose every step is on disk
// before it acts (state.go has the table). It goes on after the restart that it
// causes: the new version proves itself and is kept, or the old one finds
// itself back and says so. Its journal, and what was agreed to, lie in
// journal.db, which no roll-back touches; base.db is put back as it was before
// the trial.
//
// Whom to trust is package trust, what a package is package pack, where boot
// images lie package slots. Pages and API are in web.
package updates
