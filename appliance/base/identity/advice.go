// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"understudy/appliance/health"
	"understudy/hwprofiles"
)

// Codes of the warnings this package gives.
const (
	CodeCPU    = "profile.cpu"
	CodeMemory = "profile.memory"
	CodeDisk   = "profile.disk"
	CodeSpace  = "state.space"
)

// Advice compares what the machine was given with what its model should have
// (Status > Health of the virtual appliance). The checks are information: a
// smaller machine works, slower.
func (s *Service) Advice() []health.Check {
	kind := s.c.Profile.Recommended
	return []health.Check{
		s.compare(CodeCPU, "processors", kind.CPUs, func(h hwprofiles.Size) int { return h.CPUs }),
		s.compare(CodeMemory, "MiB of memory", kind.MemoryMiB, func(h hwprofiles.Size) int { return h.MemoryMiB }),
		s.compare(CodeDisk, "GiB of disk", kind.DiskGiB, func(h hwprofiles.Size) int { return h.DiskGiB }),
	}
}

func (s *Service) compare(code, unit string, want int, has func(hwprofiles.Size) int) health.Check {
	return health.Check{Code: code, Every: time.Hour, Run: func(context.Context) *health.Warning {
		got := has(s.c.Machine.Size())
		if got == 0 || got >= want { // 0: the machine does not tell
			return nil
		}
		what := unit
		if got == 1 {
			what = strings.TrimSuffix(unit, "s")
		}
		return &health.Warning{
			Code: code, Severity: health.Info,
			Text:   fmt.Sprintf("This machine has %d %s; %s should have %d.", got, what, s.c.Profile.Model, want),
			Fix:    "Shut the appliance down and give the machine more, or choose a smaller profile in the seed of a new one.",
			FixURL: "/appliance/status/basics",
		}
	}}
}

// Space warns when the file system that holds dir runs full: at 15 % left, and
// critically at 5 %.
func Space(dir string) health.Check {
	return health.Check{Code: CodeSpace, Every: time.Minute, Run: func(context.Context) *health.Warning {
		var fs unix.Statfs_t
		if err := unix.Statfs(dir, &fs); err != nil {
			return &health.Warning{Code: CodeSpace, Severity: health.Critical,
				Text: fmt.Sprintf("The free space of the stored state cannot be read: %v.", err),
				Fix:  "Restart the appliance: the file system is checked at every start."}
		}
		return space(fs.Bavail, fs.Blocks)
	}}
}

func space(free, total uint64) *health.Warning {
	if total == 0 || free*100 >= total*15 {
		return nil
	}
	w := &health.Warning{
		Code: CodeSpace, Severity: health.Warn,
		Text: fmt.Sprintf("Only %d %% of the disk space for stored state is free.", free*100/total),
		Fix:  "Give the machine a larger disk: the appliance uses the added space at its next start.",
	}
	if free*100 < total*5 {
		w.Severity = health.Critical
	}
	return w
}
