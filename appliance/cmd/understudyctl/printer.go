// SPDX-License-Identifier: Apache-2.0

package main

import "understudy/appliance/client/applianceapi"

// printer writes results, for people or for programs.
type printer interface {
	// Value prints a result. text draws it for people; programs get v.
	Value(v any, text func(s *sheet))
	// Note says something in passing that programs have no use for.
	Note(format string, args ...any)
	// Task prints where a task stands; it is called whenever that changes.
	Task(t applianceapi.Task)
	// Line prints one line of a task's log.
	Line(l applianceapi.TaskLine)
	// Close ends the output and reports what could not be written.
	Close() error
}
