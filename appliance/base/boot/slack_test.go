// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// All threads of the process, and the programs that it starts, may be late.
func TestSlack(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: only root may say how late another thread's timers may be")
	}
	const usual = 50 * time.Microsecond
	defer startThreads(40)()
	if err := allowSlack("/proc", 3*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := allowSlack("/proc", usual); err != nil {
			t.Error(err)
		}
	}()
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
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	// Not by os/exec: whoever collects this process's children may collect it first.
	_, err = children().start([]string{"/bin/cat", "/proc/self/timerslack_ns"}, &os.ProcAttr{Files: []*os.File{nil, w, os.Stderr}})
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || strings.TrimSpace(string(got)) != "3000000" {
		t.Errorf("a program that was started then: %s, %v", got, err)
	}
}

// startThreads starts threads while the test goes on; the function that it
// returns ends them.
func startThreads(n int) (end func()) {
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			runtime.LockOSThread() // held to the end, so that the thread ends as well
			<-stop
		})
	}
	return func() { close(stop); all.Wait() }
}
