// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// timerSlack is how late the kernel may be with what a program waits for by the
// clock. Go's runtime looks after a thread that is in the kernel every twenty
// microseconds; where each look means an interrupt and two changes of context
// that are emulated, that took a seventh of what a start needs of the processor.
// Nothing on a box is in such a hurry.
const timerSlack = 2 * time.Millisecond

// allowSlack sets it for the threads that this process has. Threads and programs
// that are started later have it from those that start them; so it looks again
// until it finds no thread that one it had not come to yet has started.
func allowSlack(proc string, slack time.Duration) error {
	value := []byte(strconv.FormatInt(slack.Nanoseconds(), 10))
	set := make(map[string]bool)
	for {
		threads, err := os.ReadDir(filepath.Join(proc, "self/task"))
		if err != nil {
			return fmt.Errorf("allowing timers to be late: %w", err)
		}
		before := len(set)
		for _, t := range threads {
			if set[t.Name()] {
				continue
			}
			err := os.WriteFile(filepath.Join(proc, t.Name(), "timerslack_ns"), value, 0)
			if err != nil && !ended(err) {
				return fmt.Errorf("allowing timers to be late: %w", err)
			}
			set[t.Name()] = true
		}
		if len(set) == before {
			return nil
		}
	}
}

// ended tells whether a thread could not be told because it is gone.
func ended(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH)
}
