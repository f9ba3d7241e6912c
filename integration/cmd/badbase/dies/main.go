// SPDX-License-Identifier: Apache-2.0

// Command dies boots the box with the supervisor of this tree. What that then
// starts as based ends at once, each time.
package main

import (
	"context"
	"fmt"
	"os"

	"understudy/appliance/base/boot"
	"understudy/appliance/layout"
)

func main() {
	if boot.IsInit() {
		fmt.Println("badbase: dies")
		fmt.Println(boot.Supervise(context.Background(), boot.Options{Program: []string{layout.PathBased}}))
	}
	os.Exit(1)
}
