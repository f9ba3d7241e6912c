// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func usersAddCommand(a *app) *cobra.Command {
	var u applianceapi.NewUser
	var file string
	c := &cobra.Command{
		Use:   "add USER",
		Short: "Add an account",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			u.Username = args[0]
			if u.Password, err = a.newPassword(file, "--new-password-file"); err != nil {
				return err
			}
			var added applianceapi.User
			err = a.again(c.Context(), client, func() error {
				added, err = client.AddUser(c.Context(), u)
				return err
			})
			if err != nil {
				return err
			}
			a.print.Value(added, func(s *sheet) { drawUsers(s, []applianceapi.User{added}) })
			return nil
		},
	}
	c.Flags().StringVar(&u.DisplayName, "display-name", "", "name shown on pages")
	c.Flags().StringVar(&u.Role, "role", "read-only", "administrator or read-only")
	c.Flags().BoolVar(&u.MustChangePassword, "must-change", false, "ask for a new password at the first sign-in")
	c.Flags().StringVar(&file, "new-password-file", "", "file with the first password, or - for standard input")
	return c
}

func usersEditCommand(a *app) *cobra.Command {
	var name, role, file string
	var disable, enable, mustChange bool
	c := &cobra.Command{
		Use:   "edit USER",
		Short: "Change an account",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if enable && disable {
				return usage("--enable and --disable contradict each other")
			}
			client, err := a.connect()
			if err != nil {
				return err
			}
			var change applianceapi.UserChange
			given := c.Flags().Changed
			if given("display-name") {
				change.DisplayName = &name
			}
			if given("role") {
				change.Role = &role
			}
			if enable || disable {
				change.Disabled = &disable
			}
			if given("must-change") {
				change.MustChangePassword = &mustChange
			}
			if file != "" {
				password, err := a.password("New password", file, "--new-password-file")
				if err != nil {
					return err
				}
				change.Password = &password
			}
			if change == (applianceapi.UserChange{}) {
				return usage("nothing to change: see 'understudyctl users edit --help'")
			}
			u, err := findUser(c.Context(), client, args[0])
			if err != nil {
				return err
			}
			err = a.again(c.Context(), client, func() error {
				u, err = client.ChangeUser(c.Context(), u.ID, change)
				return err
			})
			if err != nil {
				return err
			}
			a.print.Value(u, func(s *sheet) { drawUsers(s, []applianceapi.User{u}) })
			return nil
		},
	}
	c.Flags().StringVar(&name, "display-name", "", "name shown on pages")
	c.Flags().StringVar(&role, "role", "", "administrator or read-only")
	c.Flags().BoolVar(&disable, "disable", false, "keep the account from signing in, and end its sessions")
	c.Flags().BoolVar(&enable, "enable", false, "let the account sign in again")
	c.Flags().BoolVar(&mustChange, "must-change", false, "ask for a new password at the next sign-in")
	c.Flags().StringVar(&file, "new-password-file", "", "file with a new password, or - for standard input")
	return c
}
