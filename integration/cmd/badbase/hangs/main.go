// SPDX-License-Identifier: Apache-2.0

// Command hangs does nothing for ever. No watchdog is open then: nothing but a
// reset from outside ends this.
package main

import (
	"fmt"
	"os"
	"os/signal"
)

func main() {
	fmt.Println("badbase: hangs")
	never := make(chan os.Signal, 1)
	signal.Notify(never)
	for range never {
	}
}
