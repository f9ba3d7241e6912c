// SPDX-License-Identifier: Apache-2.0

// Package nettest gives the tests of the network rooms a network of their own:
// the test process runs in network, host name and mount namespaces of its own,
// and a second namespace, joined by a virtual cable, plays the LAN outside.
// Nothing that these tests do reaches the machine they run on.
package nettest
