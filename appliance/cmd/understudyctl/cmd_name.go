// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func nameCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "name NAME",
		Short: "Change your own display name",
		Long:  "Change the name that is shown beside your user name; an empty one takes the user name.",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			u, err := client.ChangeAccount(c.Context(), applianceapi.AccountChange{DisplayName: args[0]})
			if err != nil {
				return err
			}
			a.print.Value(u, func(s *sheet) { drawUsers(s, []applianceapi.User{u}) })
			return nil
		},
	}
}
