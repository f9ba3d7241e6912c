// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"understudy/appliance/audit"
	"understudy/appliance/client/applianceapi"
)

func auditVerifyCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Check that no event was changed or removed",
		Long: "Follow the hashes of the audit log: of the appliance's own, or without asking the\n" +
			"appliance those of a file that 'audit export' wrote (- for standard input).",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			report, err := a.verifyAudit(c.Context(), args)
			if err != nil {
				return err
			}
			a.print.Value(report, func(s *sheet) {
				if report.OK {
					s.line("%d events, none changed or removed. Last hash:", report.Events)
					s.line("%s", report.Head)
				} else {
					s.line("Event %d does not fit: %s", report.BadSeq, plain(report.Reason))
				}
			})
			if !report.OK {
				return fmt.Errorf("the audit log was tampered with")
			}
			return nil
		},
	}
}

func (a *app) verifyAudit(ctx context.Context, args []string) (applianceapi.AuditReport, error) {
	if len(args) == 0 {
		client, err := a.connect()
		if err != nil {
			return applianceapi.AuditReport{}, err
		}
		return client.VerifyAudit(ctx)
	}
	var in io.Reader = a.in
	if args[0] != "-" {
		f, err := os.Open(args[0])
		if err != nil {
			return applianceapi.AuditReport{}, fmt.Errorf("read the export: %w", err)
		}
		defer f.Close()
		in = f
	}
	r, err := audit.VerifyExport(in)
	if err != nil {
		return applianceapi.AuditReport{}, fmt.Errorf("verify %s: %w", args[0], err)
	}
	return applianceapi.AuditReport{OK: r.OK, Events: r.Events, BadSeq: r.BadSeq, Reason: r.Reason, Head: r.Head}, nil
}
