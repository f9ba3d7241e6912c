// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net"
)

// The ports that people are told of, and how many above them are tried.
const (
	wantHTTPS = 8443
	wantHTTP  = 8080
	tried     = 50
)

// freePort gives the first port from want on that nobody listens on.
func freePort(want int) (int, error) {
	for port := want; port < want+tried; port++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		l.Close()
		return port, nil
	}
	return 0, fmt.Errorf("find a port for the appliance: %d to %d are all taken", want, want+tried-1)
}
