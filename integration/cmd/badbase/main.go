// SPDX-License-Identifier: Apache-2.0

// Command badbase stands in the place of based in a Base software that does not
// work: it ends at once, with which the first process of the machine ends, and
// the kernel panics.
package main

import "os"

func main() { os.Exit(1) }
