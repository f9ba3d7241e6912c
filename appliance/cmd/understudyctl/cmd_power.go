// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func rebootCommand(a *app) *cobra.Command {
	return powerCommand(a, "reboot", "Restart the appliance and wait until it is back",
		"Everyone who is connected to the appliance is cut off until it is back.", false,
		(*applianceapi.Client).Reboot)
}

func shutdownCommand(a *app) *cobra.Command {
	return powerCommand(a, "shutdown", "Turn the appliance off",
		"The appliance turns off. Somebody has to turn it on again at its power button or hypervisor.", true,
		(*applianceapi.Client).ShutDown)
}

// powerCommand asks, acts and follows the task through the outage.
func powerCommand(a *app, name, short, consequence string, goodbye bool, act func(*applianceapi.Client, context.Context, applianceapi.PowerRequest) (applianceapi.Task, error)) *cobra.Command {
	var yes, detach bool
	var patience time.Duration
	var why applianceapi.PowerRequest
	c := &cobra.Command{
		Use:   name,
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			if err := a.agree(client.URL()+": "+consequence, yes); err != nil {
				return err
			}
			var t applianceapi.Task
			err = a.again(c.Context(), client, func() error {
				t, err = act(client, c.Context(), why)
				return err
			})
			if err != nil {
				return err
			}
			a.print.Task(t)
			if detach {
				return nil
			}
			f := follower{app: a, client: client, patience: patience, goodbye: goodbye, last: t}
			if err := f.follow(c.Context(), t.ID); err != nil {
				return err
			}
			if goodbye {
				a.print.Note("%s does not answer any more.", client.URL())
			}
			return nil
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.Flags().StringVar(&why.Reason, "reason", "", "why, for the audit log")
	c.Flags().BoolVar(&detach, "detach", false, "do not wait for the end")
	c.Flags().DurationVar(&patience, "patience", 10*time.Minute, "longest time without an answer")
	return c
}
