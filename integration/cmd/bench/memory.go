// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"understudy/integration/vm"
)

const (
	rest     = 20 * time.Second // after which based has nothing left to do of its start
	pageSize = 4096
	sysrq    = " sysrq_always_enabled=1"
)

// task is a line of the table that the kernel prints before it kills something
// for want of memory: resident pages are the fifth column, the name is last.
var task = regexp.MustCompile(`\[ *\d+\] +\d+ +\d+ +\d+ +(\d+) +\d+ +\d+ +-?\d+ (\S+)$`)

// residentMemory asks the kernel, by the keys of its keyboard, for its table of
// processes and gives the resident memory in MiB of based. Its supervisor is the
// first process, which is not in the table, as the kernel never kills it. That
// ends with a process killed, so the machine is of no use afterwards.
func residentMemory(ctx context.Context, m *vm.Machine) (float64, error) {
	select {
	case <-time.After(rest):
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	if err := m.SendKeys(ctx, "alt-sysrq-8", "alt-sysrq-f"); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, m.Scale(10*time.Second))
	defer cancel()
	if _, err := m.WaitConsole(ctx, "Out of memory: Killed"); err != nil {
		return 0, fmt.Errorf("ask the kernel for its processes: %w", err)
	}
	return parseTasks(m.Console.Text(), "based")
}

// parseTasks gives the resident MiB of the process of that name.
func parseTasks(console, name string) (float64, error) {
	for line := range strings.Lines(console) {
		m := task.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil || m[2] != name {
			continue
		}
		pages, err := strconv.Atoi(m[1])
		return float64(pages) * pageSize / (1 << 20), err
	}
	return 0, fmt.Errorf("the kernel lists no process of the name %s", name)
}
