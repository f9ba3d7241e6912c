// SPDX-License-Identifier: Apache-2.0

// Command panics ends at once. Init ends with it, and the kernel panics.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("badbase: panics")
	os.Exit(1)
}
