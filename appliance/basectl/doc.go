// SPDX-License-Identifier: Apache-2.0

// Package basectl is the conversation between the two programs of the box:
// based asks, sited answers, over a unix socket that sited listens at.
//
// One JSON object a line either way, one answer to each request, in order. The
// set of requests is closed and each is checked before anything is done. A
// connection begins with a hello in which both sides name the versions of the
// protocol that they speak; the highest common one holds, and without one the
// answer is a *VersionError. The form of the hello never changes.
//
// What the requests do, and who starts sited, is decided elsewhere.
package basectl
