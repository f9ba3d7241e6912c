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
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if next, err := freePort(first); err != nil || next <= first {
		t.Errorf("beside %d: %d, %v", first, next, err)
	}
}
