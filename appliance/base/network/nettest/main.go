// SPDX-License-Identifier: Apache-2.0

package nettest

import (
	"fmt"
	"os"
	"syscall"
	"testing"
)

// inside is set in the process that runs in its own namespaces.
const inside = "UNDERSTUDY_NETTEST"

// Main is to be called by TestMain: it starts the test program once more in
// namespaces of its own and ends with what that one ends with. Without root it
// uses a user namespace, too.
func Main(m *testing.M) {
	if os.Getenv(inside) != "" {
		if err := settle(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		os.Exit(m.Run())
	}
	state, err := again()
	if err != nil {
		fmt.Fprintf(os.Stderr, "start the tests in namespaces of their own: %v\n", err)
		os.Exit(2)
	}
	os.Exit(state.ExitCode())
}

func again() (*os.ProcessState, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	attr := &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
	}
	if uid := os.Getuid(); uid != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	p, err := os.StartProcess(self, os.Args, &os.ProcAttr{
		Env:   append(os.Environ(), inside+"=1"),
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sys:   attr,
	})
	if err != nil {
		return nil, err
	}
	return p.Wait()
}

// settle makes /sys show the interfaces of this namespace. A fuzzing worker is
// a child of the process that did so already.
func settle() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts to this process: %w", err)
	}
	if err := syscall.Mount("sysfs", "/sys", "sysfs", 0, ""); err != nil && err != syscall.EBUSY {
		return fmt.Errorf("mount /sys of this namespace: %w", err)
	}
	return nil
}
