// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func updatesAgreementsCommand(a *app) *cobra.Command {
	var f applianceapi.AgreementFilter
	c := &cobra.Command{
		Use:   "agreements",
		Short: "Licence agreements that were accepted, newest first; their texts with --json",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			list, err := client.Agreements(c.Context(), f)
			if err != nil {
				return err
			}
			a.print.Value(list, func(s *sheet) {
				var rows [][]string
				for _, x := range list.Items {
					rows = append(rows, []string{moment(x.At), x.Package, x.Version, x.By.Name, x.By.Address})
				}
				s.table("No licence agreement has been accepted yet.", []string{"ACCEPTED", "PACKAGE", "VERSION", "BY", "FROM"}, rows)
				if list.Next != "" {
					s.line("Older ones: --before %s", list.Next)
				}
			})
			return nil
		},
	}
	c.Flags().Int64Var(&f.Before, "before", 0, "those before the one with this number")
	c.Flags().IntVar(&f.Limit, "limit", 20, "how many, at most 50")
	return c
}
