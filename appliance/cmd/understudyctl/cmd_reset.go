// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func factoryResetCommand(a *app) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "factory-reset SERIAL",
		Short: "Erase everything that the appliance stores, and restart it",
		Long: "Reset the appliance to its factory state. SERIAL is its serial number, which 'status'\n" +
			"shows: no other appliance is reset by mistake.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			if err := a.agree(client.URL()+": All data, configuration, users, tasks and the audit log are erased for good.", yes); err != nil {
				return err
			}
			err = a.again(c.Context(), client, func() error {
				return client.FactoryReset(c.Context(), applianceapi.FactoryReset{Serial: args[0]})
			})
			if err != nil {
				return err
			}
			a.print.Note("%s is being reset. It is then at its factory address; do not shut it down before.", client.URL())
			return nil
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}
