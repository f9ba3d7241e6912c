// SPDX-License-Identifier: Apache-2.0

package main

import "github.com/spf13/cobra"

func updatesInstalledCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "installed",
		Short: "Software on the appliance",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			list, err := client.Installed(c.Context())
			if err != nil {
				return err
			}
			a.print.Value(list, func(s *sheet) {
				var rows [][]string
				for _, x := range list.Items {
					rows = append(rows, []string{x.Name, x.Version, x.Build})
				}
				s.table("Nothing is installed.", []string{"PACKAGE", "VERSION", "BUILD"}, rows)
			})
			return nil
		},
	}
}
