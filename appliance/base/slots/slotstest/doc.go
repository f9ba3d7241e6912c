// SPDX-License-Identifier: Apache-2.0

// Package slotstest has a machine for tests of what uses package slots: a
// directory with the files of an EFI system partition, and the choice that the
// real loaders would make from them at each boot. The loader that tests get is
// the real one.
package slotstest
