// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func passwordCommand(a *app) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "password",
		Short: "Change your own password",
		Long:  "Change your own password. Your other sessions end.",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			old, err := a.password("Present password", a.passwordFile, "--password-file")
			if err != nil {
				return err
			}
			fresh, err := a.newPassword(file, "--new-password-file")
			if err != nil {
				return err
			}
			if err := client.ChangePassword(c.Context(), applianceapi.PasswordChange{Old: old, New: fresh}); err != nil {
				return err
			}
			a.print.Note("The password is changed.")
			return nil
		},
	}
	c.Flags().StringVar(&file, "new-password-file", "", "file with the new password, or - for standard input")
	return c
}
