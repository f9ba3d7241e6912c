// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// terminal is a shell with understudyctl on its path and a home of its own.
type terminal struct {
	program string
	home    string
}

// newTerminal builds the program.
func newTerminal(t *testing.T) *terminal {
	t.Helper()
	dir := t.TempDir()
	s := &terminal{filepath.Join(dir, "understudyctl"), filepath.Join(dir, "home")}
	if out, err := exec.Command("go", "build", "-o", s.program, "understudy/appliance/cmd/understudyctl").CombinedOutput(); err != nil {
		t.Fatalf("build understudyctl: %v\n%s", err, out)
	}
	if err := os.Mkdir(s.home, 0o700); err != nil {
		t.Fatal(err)
	}
	return s
}

// file writes a file at home, for what is not given on a command line.
func (s *terminal) file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(s.home, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// limit is longer than any command takes, a restart of the box and the wait for
// room on the host included.
const limit = 30 * time.Minute

// try runs understudyctl and gives what it printed, on both streams, and its
// exit code.
func (s *terminal) try(t *testing.T, args ...string) (out, notes string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	// An emulated box on a busy host may take longer for one answer than people wait.
	cmd := exec.CommandContext(ctx, s.program, append([]string{"--timeout", "3m"}, args...)...)
	cmd.Env = []string{"HOME=" + s.home, "PATH=" + os.Getenv("PATH"), "TZ=UTC"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("understudyctl %s: %v", strings.Join(args, " "), err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// run is try for a command that has to succeed; it gives the standard output.
func (s *terminal) run(t *testing.T, args ...string) string {
	t.Helper()
	out, notes, code := s.try(t, args...)
	if code != 0 {
		t.Fatalf("understudyctl %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, notes)
	}
	return out
}

// refuse is try for a command that has to fail with one of the documented exit
// codes; it gives what was printed.
func (s *terminal) refuse(t *testing.T, code int, args ...string) string {
	t.Helper()
	out, notes, got := s.try(t, args...)
	if got != code {
		t.Fatalf("understudyctl %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, out, notes)
	}
	return out + notes
}

// read runs a command with --json and decodes what it prints.
func read[T any](t *testing.T, s *terminal, args ...string) T {
	t.Helper()
	var v T
	out := s.run(t, append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("understudyctl %s --json: %v\n%s", strings.Join(args, " "), err, out)
	}
	return v
}
