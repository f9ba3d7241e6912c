// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func tokensListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Your API tokens",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			list, err := client.Tokens(c.Context())
			if err != nil {
				return err
			}
			a.print.Value(list, func(s *sheet) {
				var rows [][]string
				for _, t := range list.Items {
					rows = append(rows, []string{number(t.ID), t.Name, strings.Join(t.Scopes, " "), moment(t.Expires), moment(t.LastUsed)})
				}
				s.table("No API tokens.", []string{"ID", "NAME", "SCOPES", "EXPIRES", "LAST USED"}, rows)
			})
			return nil
		},
	}
}

func tokensAddCommand(a *app) *cobra.Command {
	var t applianceapi.NewToken
	c := &cobra.Command{
		Use:     "add NAME --scope SCOPE",
		Short:   "Make an API token; its secret is printed once",
		Example: "  understudyctl tokens add nightly --scope status:read,tasks:read --days 90",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			t.Name = args[0]
			var made applianceapi.CreatedToken
			err = a.again(c.Context(), client, func() error {
				made, err = client.AddToken(c.Context(), t)
				return err
			})
			if err != nil {
				return err
			}
			a.print.Note("The token %s expires on %s. Its secret is not shown again:", made.Token.Name, moment(made.Token.Expires))
			a.print.Value(made, func(s *sheet) { s.line("%s", made.Secret) })
			return nil
		},
	}
	c.Flags().StringSliceVar(&t.Scopes, "scope", nil, "what the token may do, such as status:read; may be given several times")
	c.Flags().IntVar(&t.Days, "days", 90, "days until it stops working")
	return c
}

func tokensRevokeCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "Make an API token useless",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseNumber(args[0])
			if err != nil {
				return err
			}
			client, err := a.connect()
			if err != nil {
				return err
			}
			return a.again(c.Context(), client, func() error { return client.RevokeToken(c.Context(), id) })
		},
	}
}

func number(id int64) string { return strconv.FormatInt(id, 10) }

// parseNumber reads the number of a token, a revision or an event.
func parseNumber(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, usage("%q is not a number from the list", text)
	}
	return id, nil
}
