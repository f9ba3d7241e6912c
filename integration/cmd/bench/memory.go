// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
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
var task = regexp.MustCompile(`\[ *(\d+)\] +\d+ +\d+ +\d+ +(\d+) +\d+ +\d+ +-?\d+ (\S+)$`)

// residentMemory asks the kernel, by the keys of its keyboard, for its table of
// processes and gives the resident memory in MiB of based and of its
// supervisor, which is the same program and the older process. That ends with
// a process killed, so the machine is of no use afterwards.
func residentMemory(ctx context.Context, m *vm.Machine) (based, supervisor float64, err error) {
	select {
	case <-time.After(rest):
	case <-ctx.Done():
		return 0, 0, context.Cause(ctx)
	}
	if err := m.SendKeys(ctx, "alt-sysrq-8", "alt-sysrq-f"); err != nil {
		return 0, 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, m.Scale(10*time.Second))
	defer cancel()
	if _, err := m.WaitConsole(ctx, "Out of memory|oom-kill"); err != nil {
		return 0, 0, fmt.Errorf("ask the kernel for its processes: %w", err)
	}
	sizes, err := parseTasks(m.Console.Text(), "based")
	if err != nil {
		return 0, 0, err
	}
	return sizes[1], sizes[0], nil
}

// parseTasks gives the MiB of the two processes of that name, older first.
func parseTasks(console, name string) (sizes []float64, err error) {
	for _, line := range regexp.MustCompile(`\r?\n`).Split(console, -1) {
		m := task.FindStringSubmatch(line)
		if m == nil || m[3] != name {
			continue
		}
		pages, err := strconv.Atoi(m[2])
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, float64(pages)*pageSize/(1<<20))
	}
	if len(sizes) != 2 {
		return nil, errors.New("the kernel does not list two processes of the name " + name)
	}
	return sizes, nil
}
