// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func networkSetCommand(a *app) *cobra.Command {
	var e networkEdit
	var file, reason, at string
	var confirm bool
	c := &cobra.Command{
		Use:   "set",
		Short: "Change the network",
		Long: "Change the network by flags, or replace its configuration by a file that holds what\n" +
			"'network show --json' prints. The appliance applies the change and takes it back by\n" +
			"itself unless it is confirmed: with --confirm as soon as the appliance answers at its\n" +
			"new address, or by 'network confirm'.",
		Example: "  understudyctl network set --dns 192.0.2.53 --ntp ntp.example.net\n" +
			"  understudyctl network set --add-address eth0=192.0.2.10/24 --gateway4 192.0.2.1 --confirm",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			before, err := client.Network(c.Context())
			if err != nil {
				return err
			}
			change := applianceapi.NetworkChange{Revision: before.Revision, Config: cloneConfig(before.Config), Reason: reason}
			if file != "" {
				if err := readNetworkFile(a.in, file, &change); err != nil {
					return err
				}
			}
			if err := e.apply(c, &change.Config); err != nil {
				return err
			}
			changed, err := a.changeNetwork(c, client, change)
			if err != nil {
				return err
			}
			if changed.Pending == nil || !confirm {
				a.print.Value(changed, func(s *sheet) { drawChanged(s, changed) })
				return nil
			}
			return a.confirmWhenReachable(c.Context(), candidates(client.URL(), at, before.Config, change.Config), changed)
		},
	}
	e.flags(c)
	c.Flags().StringVar(&file, "file", "", "file with the whole configuration, or - for standard input")
	c.Flags().StringVar(&reason, "reason", "", "why, for the list of revisions")
	c.Flags().BoolVar(&confirm, "confirm", false, "confirm as soon as the appliance answers at its new address")
	c.Flags().StringVar(&at, "at", "", "URL at which it must answer then (default: its new addresses)")
	return c
}

func (a *app) changeNetwork(c *cobra.Command, client *applianceapi.Client, change applianceapi.NetworkChange) (changed applianceapi.NetworkChanged, err error) {
	err = a.again(c.Context(), client, func() error {
		changed, err = client.ChangeNetwork(c.Context(), change)
		return err
	})
	return changed, err
}

func drawChanged(s *sheet, changed applianceapi.NetworkChanged) {
	s.line("The network is at revision %d.", changed.Revision)
	if changed.Pending != nil {
		drawPending(s, *changed.Pending)
	}
}

// maxNetworkFile bounds a configuration file, in bytes.
const maxNetworkFile = 1 << 20

// readNetworkFile takes configuration and revision out of a file that holds
// what 'network show --json' prints. What only shows the state is ignored,
// anything unknown is refused.
func readNetworkFile(stdin io.Reader, name string, change *applianceapi.NetworkChange) error {
	r := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("read the configuration: %w", err)
		}
		defer f.Close()
		r = f
	}
	var n applianceapi.Network
	d := json.NewDecoder(io.LimitReader(r, maxNetworkFile))
	d.DisallowUnknownFields()
	if err := d.Decode(&n); err != nil {
		return fmt.Errorf("read the configuration from %s: %w", name, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the configuration from %s: there is more after its end", name)
	}
	change.Revision, change.Config = n.Revision, n.Config
	return nil
}
