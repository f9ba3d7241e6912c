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

// setKnobs makes the kernel give up rather than hang: an oops, a task that is
// stuck for two minutes or a locked-up CPU is a panic, and a panic is a
// restart after delay. It also keeps the kernel's addresses and messages from
// everyone but root, and leads Ctrl-Alt-Delete to pid instead of an instant
// reset.
func setKnobs(proc string, delay time.Duration, pid int) error {
	var errs []error
	for _, k := range []struct{ name, value string }{
		{"kernel/panic", strconv.Itoa(max(int(delay/time.Second), 1))},
		{"kernel/panic_on_oops", "1"},
		{"kernel/hung_task_panic", "1"},
		{"kernel/softlockup_panic", "1"},
		{"kernel/dmesg_restrict", "1"},
		{"kernel/kptr_restrict", "2"},
		{"kernel/sysrq", "0"},
		{"kernel/cad_pid", strconv.Itoa(pid)},
		{"kernel/ctrl-alt-del", "0"},
	} {
		if err := os.WriteFile(filepath.Join(proc, "sys", k.name), []byte(k.value), 0); err != nil {
			errs = append(errs, fmt.Errorf("setting %s to %s: %w", k.name, k.value, err))
		}
	}
	return errors.Join(errs...)
}
