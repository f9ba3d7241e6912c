// SPDX-License-Identifier: Apache-2.0

// Package updateserver starts the real update server as a process of its own,
// for `make run` and for tests, and puts on its shelf what this tree can build:
// releases of the Base software and of the site. What the server does is
// package pkgstore/server.
package updateserver
