// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func statusCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Model, version, time and health",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			status, err := client.Status(c.Context())
			if err != nil {
				return err
			}
			a.print.Value(status, func(s *sheet) { drawStatus(s, status) })
			return nil
		},
	}
}

func drawStatus(s *sheet, b applianceapi.Status) {
	s.fields(
		"Host name", b.Hostname,
		"Model", b.Model,
		"Serial number", b.Serial,
		"GUID", b.GUID,
		"Identity key", b.IdentityKey,
		"Base version", b.BaseVersion+" ("+b.Build+")",
		"Architecture", b.Architecture,
		"Time", b.Time.Format("2006-01-02 15:04:05 MST"),
		"Time zone", b.TimeZone,
		"Uptime", lasting(b.UptimeSeconds),
		"Health", b.Health,
		"Running tasks", count(b.RunningTasks),
		"Unconfirmed changes", count(b.PendingChanges),
		"Restarts after crashes", count(b.Crashes),
		"Certificate", b.CertificateFingerprint,
	)
	for _, p := range b.SitePackages {
		s.line("Site package: %s", plain(p.Name))
	}
	for _, p := range b.SeedProblems {
		s.line("First-boot seed, not applied: %s", plain(p))
	}
}

// count writes a number that is worth a line; nothing for none.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
