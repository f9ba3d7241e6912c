// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net"
	"testing"
)

func TestFreePort(t *testing.T) {
	first, err := freePort(wantHTTPS)
	if err != nil || first < wantHTTPS {
		t.Fatalf("%d, %v", first, err)
	}
	// If somebody else was quicker, the port is as taken as it has to be.
	if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first)); err == nil {
		defer l.Close()
	}
	if next, err := freePort(first); err != nil || next <= first {
		t.Errorf("beside %d: %d, %v", first, next, err)
	}
}
