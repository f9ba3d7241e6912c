// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func healthCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "health",
		Short: "What needs attention",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			health, err := client.Health(c.Context())
			if err != nil {
				return err
			}
			a.print.Value(health, func(s *sheet) { drawHealth(s, health) })
			return nil
		},
	}
	c.AddCommand(&cobra.Command{
		Use:   "acknowledge CODE",
		Short: "Take note of a warning",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			return client.Acknowledge(c.Context(), args[0])
		},
	})
	return c
}

func drawHealth(s *sheet, h applianceapi.Health) {
	if len(h.Warnings) == 0 {
		s.line("All is well.")
	}
	for _, w := range h.Warnings {
		s.line("%s: %s", w.Severity, plain(w.Text))
		if w.Fix != "" {
			s.line("  %s", plain(w.Fix))
		}
		note := ""
		if w.Acknowledged {
			note = ", acknowledged by " + plain(w.AcknowledgedBy)
		}
		s.line("  %s, since %s%s", plain(w.Code), moment(w.Since), note)
	}
}
