// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// newRoot returns the whole command line.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "understudyctl",
		Short: "Drive an Understudy appliance",
		Long: "Understudyctl does from a terminal what the pages of /appliance do.\n\n" +
			"Sign in once with 'understudyctl login URL'; the session is kept in your\n" +
			"configuration directory. For unattended use see 'understudyctl help environment'.",
		SilenceErrors:    true,
		SilenceUsage:     true,
		Args:             cobra.NoArgs,
		PersistentPreRun: func(*cobra.Command, []string) { a.begin() },
		RunE:             func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.url, "url", "", "appliance to use, https://host[:port] (default: the last sign-in)")
	flags.BoolVar(&a.json, "json", false, "print JSON")
	flags.StringVar(&a.passwordFile, "password-file", "", "file with your password, or - for standard input, where it is asked for")
	flags.DurationVar(&a.timeout, "timeout", 30*time.Second, "longest wait for one answer")
	root.AddCommand(
		loginCommand(a), logoutCommand(a), statusCommand(a), healthCommand(a),
		group("tasks", "Actions that take longer", tasksListCommand(a), tasksShowCommand(a), tasksFollowCommand(a)),
		group("network", "Networking > IP Configuration", networkShowCommand(a), networkSetCommand(a), networkConfirmCommand(a), networkUndoCommand(a)),
		group("clock", "Clock and time zone", clockShowCommand(a), clockSetCommand(a), clockConsentCommand(a)),
		group("users", "Accounts", usersListCommand(a), usersAddCommand(a), usersEditCommand(a), usersDeleteCommand(a), usersUnlockCommand(a)),
		passwordCommand(a), nameCommand(a),
		group("sessions", "Who is signed in", sessionsListCommand(a), sessionsEndCommand(a)),
		group("tokens", "API tokens", tokensListCommand(a), tokensAddCommand(a), tokensRevokeCommand(a)),
		group("audit", "The audit log", auditListCommand(a), auditExportCommand(a), auditVerifyCommand(a)),
		group("revisions", "Changes of configuration", revisionsListCommand(a), revisionsShowCommand(a), revisionsRevertCommand(a)),
		rebootCommand(a), shutdownCommand(a), factoryResetCommand(a),
		group("utilities", "Support > Utilities", pingCommand(a), lookupCommand(a), tcpTestCommand(a)),
		group("updates", "Installed software, packages and updates", updatesInstalledCommand(a), updatesCheckCommand(a), updatesAvailableCommand(a), updatesDownloadCommand(a), updatesUploadCommand(a), updatesPackagesCommand(a),
			updatesInstallCommand(a), updatesDiscardCommand(a), updatesHistoryCommand(a), updatesAgreementsCommand(a), updatesKeyCommand(a)),
		pathCommand(a),
		exitCodesTopic(), environmentTopic(),
	)
	return root
}

// group is a command that only holds others.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use:   name,
		Short: short,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("%q is not a command of '%s'", args[0], c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	g.AddCommand(commands...)
	return g
}

func environmentTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "environment",
		Short: "Environment variables, for unattended use",
		Long: `UNDERSTUDY_URL          the appliance, https://host[:port]
UNDERSTUDY_TOKEN        an API token; no sign-in is needed then
UNDERSTUDY_FINGERPRINT  SHA-256 fingerprint of the appliance's certificate, as its
                        console shows it; without it the certificate must be one
                        that this machine trusts
XDG_CONFIG_HOME         where sign-ins are kept (default: ~/.config)

A flag wins over the environment, the environment over a saved sign-in. Passwords and
tokens are never taken from the command line, where other users could read them.`,
	}
}
