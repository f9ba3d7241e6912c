// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func networkShowCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Configuration and state of the network",
		Long:  "Show the network. The output of --json can be edited and given to 'network set --file'.",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			n, err := client.Network(c.Context())
			if err != nil {
				return err
			}
			a.print.Value(n, func(s *sheet) { drawNetwork(s, n) })
			return nil
		},
	}
}

func drawNetwork(s *sheet, n applianceapi.Network) {
	s.fields("Host name", n.Config.Hostname, "IPv4 gateway", n.Config.Gateway4, "IPv6 gateway", n.Config.Gateway6,
		"DNS", strings.Join(n.Config.DNS, ", "), "NTP", strings.Join(n.Config.NTP, ", "), "Revision", fmt.Sprint(n.Revision))
	for _, l := range n.Links {
		state := "down"
		if l.Up {
			state = "up"
		}
		s.line("%s  %s  %s", plain(l.Name), plain(l.MAC), state)
		for _, c := range l.Current {
			s.line("  has    %s (%s)", plain(c.CIDR), plain(c.Source))
		}
		for _, i := range n.Config.Interfaces {
			if i.Name == l.Name {
				drawInterface(s, i)
			}
		}
	}
	if n.Pending != nil {
		drawPending(s, *n.Pending)
	}
}

func drawInterface(s *sheet, i applianceapi.NetworkInterface) {
	if i.DHCP4 {
		s.line("  set    IPv4 by DHCP")
	}
	if i.DHCP6 {
		s.line("  set    IPv6 by router advertisement")
	}
	for _, x := range i.Addresses {
		note := ""
		if !x.Enabled {
			note = " (not enabled)"
		}
		s.line("  set    %s%s", plain(x.CIDR), note)
	}
}

func drawPending(s *sheet, p applianceapi.Confirmation) {
	s.line("Not confirmed: %s It is taken back at %s.", plain(p.Summary), moment(p.Deadline))
	s.line("  Keep it with 'understudyctl network confirm', take it back with 'understudyctl network undo'.")
}

func networkConfirmCommand(a *app) *cobra.Command {
	return pendingCommand(a, "confirm", "Keep the change that waits for confirmation", "The change stays.",
		func(c *cobra.Command, client *applianceapi.Client, id string) error {
			return client.Confirm(c.Context(), id)
		})
}

func networkUndoCommand(a *app) *cobra.Command {
	return pendingCommand(a, "undo", "Take the unconfirmed change back at once", "The change was taken back.",
		func(c *cobra.Command, client *applianceapi.Client, id string) error {
			return client.Undo(c.Context(), id)
		})
}

// pendingCommand settles the network change that waits.
func pendingCommand(a *app, name, short, done string, settle func(*cobra.Command, *applianceapi.Client, string) error) *cobra.Command {
	return &cobra.Command{
		Use:   name,
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			list, err := client.Confirmations(c.Context())
			if err != nil {
				return err
			}
			for _, p := range list.Items {
				if p.Area != "network" {
					continue
				}
				if err := settle(c, client, p.ID); err != nil {
					return err
				}
				a.print.Note("%s", done)
				return nil
			}
			return fmt.Errorf("no change of the network waits for a confirmation")
		},
	}
}
