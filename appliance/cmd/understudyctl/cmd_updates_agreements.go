// SPDX-License-Identifier: Apache-2.0

package main

import "github.com/spf13/cobra"

func updatesAgreementsCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "agreements",
		Short: "Licence agreements that were accepted; their texts with --json",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			list, err := client.Agreements(c.Context())
			if err != nil {
				return err
			}
			a.print.Value(list, func(s *sheet) {
				var rows [][]string
				for _, x := range list.Items {
					rows = append(rows, []string{moment(x.At), x.Package, x.Version, x.By.Name, x.By.Address})
				}
				s.table("No licence agreement has been accepted yet.", []string{"ACCEPTED", "PACKAGE", "VERSION", "BY", "FROM"}, rows)
			})
			return nil
		},
	}
}
