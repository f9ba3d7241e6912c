// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func clockShowCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "The clock and its time servers",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			clock, err := client.Clock(c.Context())
			if err != nil {
				return err
			}
			a.print.Value(clock, func(s *sheet) { drawClock(s, clock) })
			return nil
		},
	}
}

func drawClock(s *sheet, c applianceapi.Clock) {
	s.fields("Time", c.Time.Format("2006-01-02 15:04:05 MST"), "Time zone", c.TimeZone, "State", c.State,
		"Time server", c.Server, "Offset", fmt.Sprintf("%.1f ms", c.OffsetMillis), "Last answer", moment(c.LastSync))
	for _, server := range c.Servers {
		if server.Problem != "" {
			s.line("%s %s", plain(server.Name), plain(server.Problem))
		}
	}
	if c.RefusedStep != nil {
		step := time.Duration(c.RefusedStep.OffsetMillis * float64(time.Millisecond)).Round(time.Second)
		s.line("%s asks to move it by %v. Allow it with 'understudyctl clock consent'.", plain(c.RefusedStep.Server), step)
	}
}

func clockSetCommand(a *app) *cobra.Command {
	var zone, reason string
	c := &cobra.Command{
		Use:   "set --zone ZONE",
		Short: "Set the time zone",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if zone == "" {
				return usage("nothing to set: give --zone")
			}
			client, err := a.connect()
			if err != nil {
				return err
			}
			now, err := client.Clock(c.Context())
			if err != nil {
				return err
			}
			change := applianceapi.ClockChange{Revision: now.Revision, TimeZone: zone, MaxStepSeconds: now.MaxStepSeconds, Reason: reason}
			err = a.again(c.Context(), client, func() error {
				now, err = client.ChangeClock(c.Context(), change)
				return err
			})
			if err != nil {
				return err
			}
			a.print.Value(now, func(s *sheet) { drawClock(s, now) })
			return nil
		},
	}
	c.Flags().StringVar(&zone, "zone", "", "IANA name, such as Europe/Berlin")
	c.Flags().StringVar(&reason, "reason", "", "why, for the list of revisions")
	return c
}

func clockConsentCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "consent",
		Short: "Allow the step that the clock refused",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			return a.again(c.Context(), client, func() error { return client.ConsentClockStep(c.Context()) })
		},
	}
}
