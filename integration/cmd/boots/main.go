// SPDX-License-Identifier: Apache-2.0

// Command boots prints how many machines each test file has powered on and how
// long they ran, and fails if a file has powered on more than
// integration/boots.limit allows. A boot costs everybody who runs the tests ten
// seconds or more, so one more is a decision that shows in a review.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"understudy/integration/vm"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	build, err := vm.BuildDir()
	if err != nil {
		return err
	}
	path := filepath.Join(filepath.Dir(build), "integration", "boots.limit")
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read how many boots are allowed: %w", err)
	}
	limits, err := parseLimits(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	boots, err := vm.Boots()
	if err != nil {
		return err
	}
	files := tally(boots)
	fmt.Print(table(files, limits))
	if os.Getenv("UNDERSTUDY_LONG") != "" {
		return nil // the long run has more boots than the limit is for
	}
	if over := over(files, limits); len(over) > 0 {
		return fmt.Errorf("more boots than %s allows in %v: let tests share a machine, or raise the limit and say why", path, over)
	}
	return nil
}
