// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"
)

func auditExportCommand(a *app) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "export",
		Short: "The whole log as JSON Lines, oldest first",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			if output == "" {
				return client.ExportAudit(c.Context(), a.out)
			}
			// Only a whole export gets the name: half of one would verify as tampered.
			f, err := renameio.NewPendingFile(output, renameio.WithPermissions(0o600))
			if err != nil {
				return fmt.Errorf("save the audit log: %w", err)
			}
			defer f.Cleanup()
			if err := client.ExportAudit(c.Context(), f); err != nil {
				return err
			}
			if err := f.CloseAtomicallyReplace(); err != nil {
				return fmt.Errorf("save the audit log: %w", err)
			}
			a.print.Note("Saved to %s.", output)
			return nil
		},
	}
	c.Flags().StringVar(&output, "output", "", "file to write (default: standard output)")
	return c
}
