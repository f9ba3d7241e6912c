// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func updatesKeyCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "key",
		Short: "Make an Appliance Download Key for the update server's page",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			var key applianceapi.DownloadKey
			err = a.again(c.Context(), client, func() error {
				key, err = client.DownloadKey(c.Context())
				return err
			})
			if err != nil {
				return err
			}
			a.print.Value(key, func(s *sheet) { s.line("%s", plain(key.Key)) })
			return nil
		},
	}
}
