// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func updatesCheckCommand(a *app) *cobra.Command {
	return followed(a, &cobra.Command{Use: "check", Short: "Ask the update server what it has for the appliance", Args: cobra.NoArgs},
		func(ctx context.Context, client *applianceapi.Client, _ []string) (applianceapi.Task, error) {
			return client.Check(ctx)
		})
}

func updatesDownloadCommand(a *app) *cobra.Command {
	return followed(a, &cobra.Command{
		Use: "download NAME", Short: "Bring an available package onto the appliance", Args: cobra.ExactArgs(1),
		Long: "Bring an available package onto the appliance, without installing it. NAME is what `updates available` shows.",
	}, func(ctx context.Context, client *applianceapi.Client, args []string) (applianceapi.Task, error) {
		return client.Download(ctx, args[0])
	})
}

// followed makes a command submit a task and follow it to its end.
func followed(a *app, c *cobra.Command, submit func(context.Context, *applianceapi.Client, []string) (applianceapi.Task, error)) *cobra.Command {
	var detach bool
	c.RunE = func(c *cobra.Command, args []string) error {
		client, err := a.connect()
		if err != nil {
			return err
		}
		t, err := submit(c.Context(), client, args)
		if err != nil {
			return err
		}
		a.print.Task(t)
		if detach {
			return nil
		}
		f := follower{app: a, client: client, patience: time.Minute, last: t}
		return f.follow(c.Context(), t.ID)
	}
	c.Flags().BoolVar(&detach, "detach", false, "do not wait for the end")
	return c
}

func updatesAvailableCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "available",
		Short: "What the update server had when it was asked last",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			list, err := client.Available(c.Context())
			if err != nil {
				return err
			}
			a.print.Value(list, func(s *sheet) {
				var rows [][]string
				title := map[string]string{}
				for _, o := range list.Items {
					title[o.Name] = o.Title
					rows = append(rows, []string{o.Name, o.Title, yesNo(o.Installable)})
				}
				s.table("Nothing newer is known of. Ask with `updates check`.", []string{"NAME", "PACKAGE", "INSTALLABLE"}, rows)
				for _, o := range list.Items {
					drawOffer(s, o)
				}
				if len(list.Order) > 1 {
					s.line("")
					var way []string
					for _, name := range list.Order {
						way = append(way, plain(title[name]))
					}
					s.line("The way to the newest software: %s.", strings.Join(way, ", then "))
				}
			})
			return nil
		},
	}
}

// drawOffer says what a person wants to know before he decides about an update.
func drawOffer(s *sheet, o applianceapi.Offer) {
	s.line("\n%s", plain(o.Title))
	what := fmt.Sprintf("%.1f MB, about %d min", float64(o.Bytes)/1e6, max(o.Minutes, 1))
	if o.Restart {
		what += ", restarts the appliance"
	}
	if o.Clients {
		what += ", clients have to upgrade"
	} else {
		what += ", clients are not changed"
	}
	s.wrapped("  ", what)
	if o.Hostname != "" {
		expires := "never"
		if !o.Expires.IsZero() {
			expires = moment(o.Expires)
		}
		s.wrapped("  ", fmt.Sprintf("primary host name %s, licences: %d, expires: %s", o.Hostname, o.Licenses, expires))
	}
	s.wrapped("  ", o.Reason)
	s.wrapped("  ", o.Advice)
	s.wrapped("  ", o.Notes)
}
