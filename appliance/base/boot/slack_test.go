// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// All threads of the process, and the programs that it starts, may be late.
func TestSlack(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: only root may say how late another thread's timers may be")
	}
	const usual = 50 * time.Microsecond
	if err := allowSlack("/proc", 3*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	defer allowSlack("/proc", usual)
	threads, err := filepath.Glob("/proc/self/task/*")
	if err != nil || len(threads) < 2 {
		t.Fatalf("threads %q, %v", threads, err)
	}
	for _, thread := range threads {
		// One that has ended since has no timers.
		if got, err := os.ReadFile(filepath.Join("/proc", filepath.Base(thread), "timerslack_ns")); err == nil && strings.TrimSpace(string(got)) != "3000000" {
			t.Errorf("thread %s: %s", filepath.Base(thread), got)
		}
	}
	got, err := exec.CommandContext(t.Context(), "cat", "/proc/self/timerslack_ns").Output()
	if err != nil || strings.TrimSpace(string(got)) != "3000000" {
		t.Errorf("a program that was started then: %s, %v", got, err)
	}
}
