// SPDX-License-Identifier: Apache-2.0

// Package task runs every action that takes longer than a request and keeps
// what became of it: phases, percent, log, result, who and when.
//
// A task is on the disk before Submit returns and at its end, so it survives
// reload, sign-out, a crash and a reboot. What happens in between is stored
// four times a second; reading a live task gives its state to the moment. One
// live task per key: submitting twice gives the same task.
//
// After a start of the program, Recover ends what the last run left behind, and
// Conclude a task whose work turned out to be done. What a task does is its
// package's business; nothing here knows a kind.
package task
