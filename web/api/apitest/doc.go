// SPDX-License-Identifier: Apache-2.0

// Package apitest is a box for the tests of the API and of its clients: the
// real services over real databases, the gate and the API behind a TLS server
// with the box's own certificate, in the network that package nettest gives the
// test process. Only the machine underneath is played: a restart ends the
// services and starts them again on the same state.
//
// A test program that uses it calls nettest.Main from its TestMain.
package apitest
