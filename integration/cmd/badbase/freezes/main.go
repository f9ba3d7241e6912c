// SPDX-License-Identifier: Apache-2.0

// Command freezes boots the box with the supervisor of this tree, which opens
// the watchdog and feeds it. What the supervisor then starts as based freezes
// the supervisor, as a deadlock would: nobody feeds the watchdog any more.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"understudy/appliance/base/boot"
	"understudy/appliance/layout"
)

func main() {
	if boot.IsInit() {
		fmt.Println("badbase: freezes")
		fmt.Println(boot.Supervise(context.Background(), boot.Options{Program: []string{layout.PathBased}}))
		os.Exit(1)
	}
	// That this program ends now is seen by nobody.
	if err := freeze(os.Getppid()); err != nil {
		fmt.Println("badbase: the supervisor cannot be frozen:", err)
	}
}

// freeze stops a process by a control group. The first process takes no signal
// that would.
func freeze(pid int) error {
	top := "/tmp/freezer"
	group := filepath.Join(top, "supervisor")
	if err := os.Mkdir(top, 0o700); err != nil {
		return err
	}
	if err := unix.Mount("none", top, "cgroup2", 0, ""); err != nil {
		return err
	}
	if err := os.Mkdir(group, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), fmt.Append(nil, pid), 0); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(group, "cgroup.freeze"), []byte("1"), 0)
}
