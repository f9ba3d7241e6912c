// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// timerSlack is how late the kernel may be with what a program waits for by the
// clock. Go's runtime looks after a thread that is in the kernel every twenty
// microseconds; where each look means an interrupt and two changes of context
// that are emulated, that took a seventh of what a start needs of the processor.
// Nothing on a box is in such a hurry.
const timerSlack = 2 * time.Millisecond

// allowSlack sets it for the threads that this process has. Threads and programs
// that are started later have it from those that start them.
func allowSlack(proc string, slack time.Duration) error {
	threads, err := os.ReadDir(filepath.Join(proc, "self/task"))
	errs := []error{err}
	for _, t := range threads {
		err := os.WriteFile(filepath.Join(proc, t.Name(), "timerslack_ns"), []byte(strconv.FormatInt(slack.Nanoseconds(), 10)), 0)
		if err != nil {
			errs = append(errs, fmt.Errorf("allowing timers to be late: %w", err))
		}
	}
	return errors.Join(errs...)
}
