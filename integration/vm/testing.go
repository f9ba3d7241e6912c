// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/integration/netlab"
)

// expectLimit is how long Expect waits, before scaling.
const expectLimit = 60 * time.Second

// StartT powers a machine on for a test and ends it with the test. If the test
// has failed by then, logs, screen, disks and a command that starts the same
// machine by hand are kept under build/failed and their place is printed. The
// name may be empty. A machine that was powered on before can be given as
// m.Spec().
func StartT(t testing.TB, spec Spec) *Machine {
	t.Helper()
	spec.test = t.Name()
	if spec.Name == "" {
		spec.Name = strings.ToLower(fileName(t.Name()))
	}
	m, err := Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endT(t, m) })
	return m
}

// ReserveT waits for room for n guests that run at once, for Spec.Room. The
// test gives it back at its end; machines of StartT are closed by then if they
// were started later.
func ReserveT(t testing.TB, n int) *Reservation {
	t.Helper()
	r, err := Reserve(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Release)
	return r
}

// endT closes a test's machine and keeps or removes what it leaves.
func endT(t testing.TB, m *Machine) {
	dir := m.spec.Dir
	if t.Failed() {
		ctx, cancel := context.WithTimeout(context.Background(), answerLimit)
		defer cancel()
		m.Screenshot(ctx, filepath.Join(dir, "screen.png")) // none if it is off
	}
	if err := m.Close(); err != nil {
		t.Errorf("close %s: %v", m.spec.Name, err)
	}
	switch {
	case t.Failed():
		if m.spec.ownDir {
			dir = keepFailed(t, dir)
		}
		t.Logf("%s: serial.log, qmp.log, screen.png, command.sh are in %s; it last wrote:\n%s", m.spec.Name, dir, m.Console.tail())
	case m.spec.ownDir:
		os.RemoveAll(dir)
	}
}

// keepFailed moves a machine's directory to where failures are kept, and says
// where that is. After a second power-on it may be there already.
func keepFailed(t testing.TB, dir string) string {
	to, err := FailedDir(t)
	if err != nil {
		t.Logf("keep what is left of the machine: %v", err)
		return dir
	}
	to = filepath.Join(to, filepath.Base(dir))
	if err := os.Rename(dir, to); err != nil && !os.IsNotExist(err) {
		t.Logf("keep what is left of the machine: %v", err)
		return dir
	}
	script := filepath.Join(to, "command.sh")
	if b, err := os.ReadFile(script); err == nil {
		os.WriteFile(script, bytes.ReplaceAll(b, []byte(dir), []byte(to)), 0o755)
	}
	return to
}

// FailedDir makes and names the directory for what a failed test leaves.
func FailedDir(t testing.TB) (string, error) {
	build, err := BuildDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(build, "failed", fileName(t.Name()))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make a place for what is left of %s: %w", t.Name(), err)
	}
	return dir, nil
}

// LAN makes a switch for a test; if the test fails, its frames are kept.
func LAN(t testing.TB, seed uint64) *netlab.Switch {
	t.Helper()
	sw := netlab.New(seed)
	t.Cleanup(func() {
		sw.Close()
		if !t.Failed() {
			return
		}
		dir, err := FailedDir(t)
		if err == nil {
			path := filepath.Join(dir, "lan.pcap")
			if err = sw.Save(path); err == nil {
				t.Logf("the LAN's frames are in %s (seed %d)", path, seed)
			}
		}
		if err != nil {
			t.Logf("keep the LAN's frames: %v", err)
		}
	})
	return sw
}

// Expect waits a minute, scaled, for a console line that matches the pattern.
func (m *Machine) Expect(t testing.TB, pattern string) string {
	t.Helper()
	line, err := m.WaitConsole(m.Within(t, expectLimit), pattern)
	if err != nil {
		t.Fatalf("%s: %v", m.spec.Name, err)
	}
	return line
}

// Within is a context that ends with the test or after d, scaled.
func (m *Machine) Within(t testing.TB, d time.Duration) context.Context {
	d = m.Scale(d)
	ctx, cancel := context.WithTimeoutCause(t.Context(), d, fmt.Errorf("not within %v", d))
	t.Cleanup(cancel)
	return ctx
}

// fileName makes a test's name fit for a file's.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, name)
}
