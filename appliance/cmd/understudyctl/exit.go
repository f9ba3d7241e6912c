// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

// The exit codes, which scripts rely on.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitRefused     = 3
	exitUnreachable = 4
	exitTask        = 5
)

func exitCodesTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "What the exit codes mean",
		Long: `0  done
1  the appliance reported a failure, or something failed on this machine
2  the command line cannot be understood
3  not signed in, or refused: sign in again, or use an account that may do this
4  the appliance cannot be reached, shows another certificate, or took too long
5  the task was started and did not succeed`,
	}
}

// codedError carries an exit code that the error alone does not tell.
type codedError struct {
	code int
	err  error
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &codedError{exitUsage, fmt.Errorf(format, args...)}
}

func refused(format string, args ...any) error {
	return &codedError{exitRefused, fmt.Errorf(format, args...)}
}

// exitCode says how the process ends for err. Before a command started, every
// error is about the command line.
func exitCode(err error, started bool) int {
	var coded *codedError
	var unreachable *applianceapi.UnreachableError
	var mismatch *applianceapi.FingerprintError
	switch {
	case errors.As(err, &coded):
		return coded.code
	case !started:
		return exitUsage
	case errors.As(err, &unreachable), errors.As(err, &mismatch), errors.Is(err, context.DeadlineExceeded):
		return exitUnreachable
	}
	switch applianceapi.StatusOf(err) {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return exitRefused
	}
	return exitFailed
}

// complain tells what went wrong on standard error.
func (a *app) complain(err error, code int) {
	if a.json {
		report := struct {
			Error   string                `json:"error"`
			Exit    int                   `json:"exit"`
			Problem *applianceapi.Problem `json:"problem,omitempty"`
		}{Error: err.Error(), Exit: code}
		errors.As(err, &report.Problem)
		_ = json.NewEncoder(a.errOut).Encode(report) // nobody is left to tell
		return
	}
	fmt.Fprintf(a.errOut, "understudyctl: %s\n", plainLines(err.Error()))
	switch {
	case code == exitUsage:
		fmt.Fprintln(a.errOut, "Run 'understudyctl help' for the commands.")
	case applianceapi.HasCode(err, applianceapi.CodeSignIn):
		fmt.Fprintln(a.errOut, "Sign in with 'understudyctl login URL'.")
	case applianceapi.HasCode(err, applianceapi.CodeMustChange):
		fmt.Fprintln(a.errOut, "Choose a new one with 'understudyctl password'.")
	}
}
