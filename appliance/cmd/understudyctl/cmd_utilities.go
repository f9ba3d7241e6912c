// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func pingCommand(a *app) *cobra.Command {
	var packets int
	c := &cobra.Command{
		Use:   "ping HOST",
		Short: "Ping a host from the appliance",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			r, err := client.Ping(c.Context(), applianceapi.PingRequest{Host: args[0], Count: packets})
			if err != nil {
				return err
			}
			a.print.Value(r, func(s *sheet) {
				for _, ms := range r.RoundTripsMs {
					s.line("answer from %s after %.1f ms", plain(r.Address), ms)
				}
				s.line("%d sent, %d received", r.Sent, r.Received)
			})
			return problem(r.Problem)
		},
	}
	c.Flags().IntVar(&packets, "count", 4, "number of packets, 1 to 10")
	return c
}

func lookupCommand(a *app) *cobra.Command {
	var kind string
	c := &cobra.Command{
		Use:   "lookup NAME",
		Short: "Look a name up in the DNS, as the appliance does",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			r, err := client.Lookup(c.Context(), applianceapi.LookupRequest{Name: args[0], Type: kind})
			if err != nil {
				return err
			}
			a.print.Value(r, func(s *sheet) {
				for _, x := range r.Records {
					s.line("%s  %s  %s", plain(x.Name), plain(x.Type), plain(x.Value))
				}
			})
			return problem(r.Problem)
		},
	}
	c.Flags().StringVar(&kind, "type", "A", "record type: A, AAAA, CNAME, MX, NS, PTR, SRV or TXT")
	return c
}

func tcpTestCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "tcp-test HOST PORT",
		Short: "Open a TCP connection from the appliance",
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			port, err := strconv.Atoi(args[1])
			if err != nil {
				return usage("%q is not a TCP port", args[1])
			}
			client, err := a.connect()
			if err != nil {
				return err
			}
			r, err := client.TCPTest(c.Context(), applianceapi.TCPTestRequest{Host: args[0], Port: port})
			if err != nil {
				return err
			}
			a.print.Value(r, func(s *sheet) {
				if r.OK {
					s.line("%s accepts connections (%.1f ms)", plain(r.Address), r.Millis)
				}
			})
			return problem(r.Problem)
		},
	}
}

// problem makes a test that found something wrong end with a failure.
func problem(sentence string) error {
	if sentence == "" {
		return nil
	}
	return errors.New(sentence)
}
