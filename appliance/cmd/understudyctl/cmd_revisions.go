// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func revisionsListCommand(a *app) *cobra.Command {
	var f applianceapi.RevisionFilter
	c := &cobra.Command{
		Use:   "list",
		Short: "Changes of configuration, newest first",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			list, err := client.Revisions(c.Context(), f)
			if err != nil {
				return err
			}
			a.print.Value(list, func(s *sheet) {
				var rows [][]string
				for _, r := range list.Items {
					reason := r.Reason
					if r.Reverts > 0 {
						reason = "takes back " + number(r.Reverts)
					}
					rows = append(rows, []string{number(r.ID), r.Area, moment(r.At), r.By.Name, reason})
				}
				s.table("Nothing was changed yet.", []string{"ID", "AREA", "AT", "BY", "REASON"}, rows)
				if list.Next != "" {
					s.line("Older ones: --before %s", list.Next)
				}
			})
			return nil
		},
	}
	c.Flags().StringVar(&f.Area, "area", "", "one area, such as network or users")
	c.Flags().Int64Var(&f.Before, "before", 0, "revisions before the one with this number")
	c.Flags().IntVar(&f.Limit, "limit", 20, "how many")
	return c
}

func revisionsShowCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "What a change changed",
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
			detail, err := client.Revision(c.Context(), id)
			if err != nil {
				return err
			}
			a.print.Value(detail, func(s *sheet) { drawRevision(s, detail) })
			return nil
		},
	}
}

func drawRevision(s *sheet, d applianceapi.RevisionDetail) {
	s.fields("Revision", number(d.Revision.ID), "Area", d.Revision.Area, "At", moment(d.Revision.At), "By", d.Revision.By.Name, "Reason", d.Revision.Reason)
	signs := map[string]string{"added": "+", "removed": "-", "same": " "}
	for _, l := range d.Diff {
		s.line("%s %s", signs[l.Op], plain(l.Text))
	}
}

func revisionsRevertCommand(a *app) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "revert ID",
		Short: "Take a change back",
		Long: "Take a change back: its area gets the configuration from before it, so later changes of\n" +
			"the same area are taken back too. What can lock you out waits for a confirmation.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseNumber(args[0])
			if err != nil {
				return err
			}
			client, err := a.connect()
			if err != nil {
				return err
			}
			detail, err := client.Revision(c.Context(), id)
			if err != nil {
				return err
			}
			if !yes {
				a.print.Note("Revision %d of %s, made by %s at %s.", id, detail.Revision.Area, detail.Revision.By.Name, moment(detail.Revision.At))
			}
			if err := a.agree("Take it back?", yes); err != nil {
				return err
			}
			if err := a.again(c.Context(), client, func() error { return client.Revert(c.Context(), id) }); err != nil {
				return err
			}
			a.print.Note("Revision %d is taken back.", id)
			return nil
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}
