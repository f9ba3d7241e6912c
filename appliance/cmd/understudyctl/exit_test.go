// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"understudy/appliance/client/applianceapi"
)

func TestExitCode(t *testing.T) {
	problem := func(status int) error { return fmt.Errorf("act: %w", &applianceapi.Problem{Status: status}) }
	for _, row := range []struct {
		name    string
		err     error
		started bool
		want    int
	}{
		{"flags", errors.New("unknown flag"), false, exitUsage},
		{"usage found later", usage("no"), true, exitUsage},
		{"not signed in", problem(401), true, exitRefused},
		{"not allowed", problem(403), true, exitRefused},
		{"locked", problem(429), true, exitRefused},
		{"conflict", problem(409), true, exitFailed},
		{"failure of the box", problem(500), true, exitFailed},
		{"failure here", errors.New("disk full"), true, exitFailed},
		{"unreachable", &applianceapi.UnreachableError{Err: errors.New("refused")}, true, exitUnreachable},
		{"another certificate", &applianceapi.FingerprintError{}, true, exitUnreachable},
		{"too slow", context.DeadlineExceeded, true, exitUnreachable},
		{"task", &codedError{exitTask, errors.New("failed")}, true, exitTask},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := exitCode(row.err, row.started); got != row.want {
				t.Errorf("exit code %d, want %d", got, row.want)
			}
		})
	}
}

// TestExitCodesAreDocumented holds the help against the constants.
func TestExitCodesAreDocumented(t *testing.T) {
	lines := strings.Split(exitCodesTopic().Long, "\n")
	for code := exitOK; code <= exitTask; code++ {
		found := false
		for _, l := range lines {
			found = found || strings.HasPrefix(l, fmt.Sprintf("%d  ", code))
		}
		if !found {
			t.Errorf("the help does not say what %d means", code)
		}
	}
}

// TestRemarksCannotSteerTheTerminal: the same for what is said in passing, such
// as what stands against an install, and for questions, which name packages.
func TestRemarksCannotSteerTheTerminal(t *testing.T) {
	var out, errOut bytes.Buffer
	a := newApp(strings.NewReader("yes\n"), &out, &errOut, func(string) string { return "" })
	a.begin()
	a.print.Note("%s: %s\n  %s", "clock", "no\x1b]0;owned\x07", "a\u009bb")
	if answer, err := a.line("box: Base\x1b[2J is installed. Type yes"); answer != "yes" || err != nil {
		t.Errorf("answered %q, %v", answer, err)
	}
	if got := errOut.String(); strings.ContainsAny(got, "\x1b\x07\u009b") || !strings.Contains(got, "owned \n  a b\nbox: Base") {
		t.Errorf("printed %q", got)
	}
}

// TestComplaintsCannotSteerTheTerminal: what the box says is printed, what it
// hides in that is not obeyed.
func TestComplaintsCannotSteerTheTerminal(t *testing.T) {
	var out, errOut bytes.Buffer
	a := newApp(strings.NewReader(""), &out, &errOut, func(string) string { return "" })
	a.complain(&applianceapi.Problem{Detail: "no\x1b]0;owned\x07", Errors: []applianceapi.FieldProblem{{Location: "body", Message: "a\x9bb"}}}, exitFailed)
	if got := errOut.String(); strings.ContainsAny(got, "\x1b\x07\u009b") || !strings.Contains(got, "\n  body: a") {
		t.Errorf("printed %q", got)
	}
}
