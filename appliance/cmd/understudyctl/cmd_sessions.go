// SPDX-License-Identifier: Apache-2.0

package main

import "github.com/spf13/cobra"

func sessionsListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Open sessions of all accounts",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			list, err := client.Sessions(c.Context())
			if err != nil {
				return err
			}
			a.print.Value(list, func(s *sheet) {
				var rows [][]string
				for _, x := range list.Items {
					mark := ""
					if x.Current {
						mark = "this one"
					}
					rows = append(rows, []string{x.ID, x.Username, x.Kind, x.Address, moment(x.Created), moment(x.LastSeen), mark})
				}
				s.table("No sessions.", []string{"ID", "USER", "KIND", "FROM", "SINCE", "LAST SEEN", ""}, rows)
			})
			return nil
		},
	}
}

func sessionsEndCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "end ID",
		Short: "End a session: anyone's as administrator, else your own",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			who, err := client.Session(c.Context())
			if err != nil {
				return err
			}
			end := client.EndSession
			if who.Role != "administrator" {
				end = client.EndOwnSession
			}
			return a.again(c.Context(), client, func() error { return end(c.Context(), args[0]) })
		},
	}
}
