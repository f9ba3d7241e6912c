// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/base/boot"
	"understudy/appliance/health"
)

const basics = "/appliance/status/basics"

// notices puts on the board what the start of the box found. These warnings
// stay until the next start.
func notices(board *health.Board, r boot.Report) {
	set := func(when bool, code string, severity health.Severity, text, fix string) {
		if when {
			board.Set(health.Warning{Code: code, Severity: severity, Text: text, Fix: fix, FixURL: basics})
		} else {
			board.Clear(code) // that of a former start
		}
	}
	set(r.State.Lost != "", "state.lost", health.Critical, r.State.Lost, wayOut(r.State))
	set(r.State.Repaired != "", "state.repaired", health.Warn, r.State.Repaired,
		"Look through the configuration and take a note of what is missing; replace the disk if this happens again.")
	set(r.State.OK && !r.State.Protected, "state.unprotected", health.Info,
		"The stored state is encrypted, but its key lies on the same disk: it is not protected against someone who takes the disk.",
		"Keep the machine where only trusted people can reach it.")
	set(len(r.SeedProblems) > 0, "seed.bad", health.Warn,
		"The first-boot seed was not applied: "+strings.Join(r.SeedProblems, " "),
		"Correct the seed and reset the appliance to its factory state, or set it up on these pages.")
	set(r.Crashes > 0, "based.crashed", health.Warn,
		fmt.Sprintf("The base software has stopped unexpectedly and was restarted; this happened %d times since the machine started.", r.Crashes),
		"Note the time and what was done then, and look at the console log.")
	set(r.Watchdog == "", "watchdog.none", health.Warn,
		"This machine has no watchdog: if the software hangs, nobody restarts it.",
		"Add a watchdog device to the virtual machine, or enable it in the firmware.")
	set(len(r.Notes) > 0, "boot.notes", health.Info, strings.Join(r.Notes, " "),
		"Look at the console log for what came before.")
}

// wayOut is what to do about a state that is lost.
func wayOut(s boot.StateResult) string {
	if s.NoDisk {
		return "Shut the appliance down, attach its disk and start it again."
	}
	return "Reset the appliance to its factory state on Status > Basics, or shut it down and have the disk looked at."
}

// firstPassword warns while the first account has the guide's password, however
// often it has signed in with it. A password that the seed or an administrator
// chose is not known to everybody.
func firstPassword(accounts *account.Accounts) health.Check {
	const code = "account.first-password"
	return health.Check{Code: code, Every: 10 * time.Second, Run: func(ctx context.Context) *health.Warning {
		users, err := accounts.Users(ctx)
		if err != nil {
			return &health.Warning{Code: code, Severity: health.Critical,
				Text: "The accounts cannot be read.", Fix: "Restart the appliance; if that does not help, reset it to its factory state.", FixURL: basics}
		}
		for _, u := range users {
			if u.ID == account.FirstID && u.MustChange && u.PasswordChanged.Equal(u.Created) {
				return &health.Warning{Code: code, Severity: health.Warn,
					Text: "The account " + u.Username + " still has its first password, which is no secret.",
					Fix:  "Sign in and choose another one.", FixURL: "/appliance/sign-in"}
			}
		}
		return nil
	}}
}
