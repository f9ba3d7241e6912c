// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// run runs a program in a directory with fixed locale and the given additions
// to the environment, and returns what it wrote. An error carries the last
// lines of what it complained about.
func run(ctx context.Context, dir string, env []string, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = env
	return output(cmd)
}

// pipe runs a program on bytes and returns what it makes of them.
func pipe(ctx context.Context, in []byte, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = bytes.NewReader(in)
	return output(cmd)
}

func output(cmd *exec.Cmd) (_ []byte, err error) {
	program, args := cmd.Args[0], cmd.Args[1:]
	if cmd.Path, err = find(program); err != nil {
		return nil, err
	}
	cmd.Err = nil // of looking for it elsewhere
	cmd.Env = append(append(os.Environ(), "LC_ALL=C", "TZ=UTC"), cmd.Env...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, lastLines(complaint.String(), 5))
	}
	return out.Bytes(), nil
}

// find is where a program lies. Debian keeps some in directories that only
// root has in its path.
func find(program string) (string, error) {
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/"} {
		if path, err := exec.LookPath(dir + program); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed; install %s with apt-get", program, debianPackage(program))
}

// debianPackage is where a program comes from.
func debianPackage(program string) string {
	switch program {
	case "grub-mkimage":
		return "grub-common"
	case "mkfs.ext4":
		return "e2fsprogs"
	case "qemu-img":
		return "qemu-utils"
	case "apt-get", "apt-cache":
		return "apt"
	case "dpkg-deb":
		return "dpkg"
	case "xz":
		return "xz-utils"
	}
	return "the package that has " + program
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "; ")
}
