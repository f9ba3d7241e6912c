// SPDX-License-Identifier: Apache-2.0

package task

import (
	"context"
	"time"

	"understudy/appliance/audit"
)

// Task is an action longer than a request, as it stands now.
type Task struct {
	ID          string // opaque, safe in a URL
	Kind        string // which action: "power.reboot"
	Title       string // for people: "Reboot this appliance"
	Key         string // what it locks; empty for nothing
	By          audit.Actor
	State       State
	Phases      []string // what it goes through, in order; may be empty
	Phase       int      // index into Phases
	Percent     int      // of the whole, 0 to 100; never falls
	Created     time.Time
	Started     time.Time // zero while queued
	Ended       time.Time // zero while live
	ExpectedEnd time.Time // by the estimate, later by its own pace; zero if nobody knows
	Result      string    // what came of it, a sentence
	Error       string    // why it failed, a sentence
	NextStep    string    // what to do about that, a sentence
	Boot        string    // Runner.Boot when it was submitted
}

// LogLine is one line of a task's log.
type LogLine struct {
	Seq  int64 // from 1 within the task
	At   time.Time
	Text string
}

// Spec says what to run.
type Spec struct {
	Kind  string
	Title string
	// Key is what the task locks. While a task with this key is live, another
	// Submit returns that task. Empty: locks nothing.
	Key      string
	Phases   []string
	Estimate time.Duration // how long it usually takes; 0 if nobody knows
	// Run does the work. It returns soon after ctx ends. The error becomes the
	// task's Error, so it is a sentence that a person can read.
	Run func(ctx context.Context, p *Progress) error
	// Survives says that the task may end in a restart of the box. When Run
	// returns nil and has given no Result, the task stays live, and after the
	// restart Recover ends it by the recovery function of its kind.
	Survives bool
}

// Filter chooses tasks. Zero fields choose everything.
type Filter struct {
	State  State
	Kind   string
	Before string // only tasks submitted before the one with this id
	Limit  int    // 1 to 1,000; 0 for 100
}
