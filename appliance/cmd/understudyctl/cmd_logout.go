// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func logoutCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Sign out and forget the session",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			t, err := a.target()
			if err != nil {
				return err
			}
			if t.token {
				return usage("UNDERSTUDY_TOKEN is an API token, not a session: revoke it with 'understudyctl tokens revoke'")
			}
			client, err := a.open(t)
			if err != nil {
				return err
			}
			// A session that the box has ended already is as good as signed out.
			if err := client.SignOut(c.Context()); err != nil && applianceapi.StatusOf(err) != http.StatusUnauthorized {
				return err
			}
			saved, err := a.loadConfig()
			if err != nil {
				return err
			}
			known := saved.Boxes[t.url]
			known.Secret = ""
			saved.Boxes[t.url] = known // the fingerprint stays: the next sign-in need not ask
			if err := a.saveConfig(saved); err != nil {
				return err
			}
			a.print.Note("Signed out of %s.", t.url)
			return nil
		},
	}
}
