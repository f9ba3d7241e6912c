// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func auditListCommand(a *app) *cobra.Command {
	var f applianceapi.AuditFilter
	var since time.Duration
	c := &cobra.Command{
		Use:   "list",
		Short: "Events, newest first",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			if since > 0 {
				f.From = time.Now().Add(-since)
			}
			list, err := client.Audit(c.Context(), f)
			if err != nil {
				return err
			}
			a.print.Value(list, func(s *sheet) { drawAudit(s, list) })
			return nil
		},
	}
	c.Flags().StringVar(&f.Actor, "user", "", "by this user")
	c.Flags().StringVar(&f.Action, "action", "", "this action, such as sign-in or user.add")
	c.Flags().StringVar(&f.Text, "text", "", "with this text anywhere")
	c.Flags().DurationVar(&since, "since", 0, "not older than this, such as 24h")
	c.Flags().Int64Var(&f.Before, "before", 0, "events before the one with this number")
	c.Flags().IntVar(&f.Limit, "limit", 50, "how many")
	return c
}

func drawAudit(s *sheet, list applianceapi.List[applianceapi.AuditEvent]) {
	var rows [][]string
	for _, e := range list.Items {
		rows = append(rows, []string{number(e.Seq), moment(e.At), e.By.Name, e.By.Address, e.Action, e.Object, e.Outcome, e.Detail})
	}
	s.table("No events.", []string{"SEQ", "AT", "BY", "FROM", "ACTION", "OBJECT", "OUTCOME", "DETAIL"}, rows)
	if list.Next != "" {
		s.line("Older ones: --before %s", list.Next)
	}
}
