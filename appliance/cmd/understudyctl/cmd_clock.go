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
	s.fields("Time", c.Time.Format("2006-01-02 15:04:05 MST"), "Time zone", c.TimeZone,
		"Largest step", (time.Duration(c.MaxStepSeconds)*time.Second).String()+" a day without consent", "State", c.State,
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
	var step time.Duration
	c := &cobra.Command{
		Use:   "set",
		Short: "Set the time zone, and how far time servers may move the clock",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			given := c.Flags().Changed
			if !given("zone") && !given("max-step") {
				return usage("nothing to set: give --zone or --max-step")
			}
			if step%time.Second != 0 {
				return usage("--max-step %v: it is in whole seconds", step)
			}
			client, err := a.connect()
			if err != nil {
				return err
			}
			now, err := client.Clock(c.Context())
			if err != nil {
				return err
			}
			change := applianceapi.ClockChange{Revision: now.Revision, TimeZone: now.TimeZone, MaxStepSeconds: now.MaxStepSeconds, Reason: reason}
			if given("zone") {
				change.TimeZone = zone
			}
			if given("max-step") {
				change.MaxStepSeconds = int(step / time.Second)
			}
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
	c.Flags().DurationVar(&step, "max-step", 0, "how far time servers may move the clock within a day without consent, such as 10m")
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
