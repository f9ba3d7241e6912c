// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"understudy/pkgstore/pack"
	"understudy/pkgstore/server"
)

// command is what all commands share.
type command struct {
	config server.Config
	out    io.Writer
}

func newRoot(out io.Writer) *cobra.Command {
	c := &command{out: out}
	root := &cobra.Command{
		Use:           "updateserver",
		Short:         "Offer updates to Understudy appliances",
		Long:          "Updateserver offers updates to appliances and to people with a download key.\nCommands may be used while the server runs on the same directory.",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&c.config.Data, "data", "", "directory of the database, the keys and built packages")
	_ = root.MarkPersistentFlagRequired("data") // fails only without that flag
	customers := &cobra.Command{Use: "customer", Short: "Whom appliances belong to"}
	customers.AddCommand(c.customerAdd(), c.customerLicenses(), c.customerEntitle())
	root.AddCommand(c.serve(), customers, c.enroll(), c.list(), c.reissue(), c.key(), c.factory(), c.root())
	return root
}

// with opens the data directory for one command.
func (c *command) with(do func(*cobra.Command, []string, *server.Server) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		s, err := server.Open(cmd.Context(), c.config)
		if err != nil {
			return err
		}
		return errors.Join(do(cmd, args, s), s.Close())
	}
}

const dayForm = "2006-01-02"

// lastMoment reads a day, the whole of which counts; empty is the zero time.
func lastMoment(day string) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(dayForm, day)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the day %q, which should look like %s", day, dayForm)
	}
	return t.AddDate(0, 0, 1).Add(-time.Second), nil
}

func (c *command) customerAdd() *cobra.Command {
	var v server.Customer
	var expires, maintenance, roots string
	cmd := &cobra.Command{
		Use: "add ID", Short: "Add a customer", Args: cobra.ExactArgs(1),
		RunE: c.with(func(cmd *cobra.Command, args []string, s *server.Server) error {
			var err error
			v.ID = args[0]
			if v.LicenseExpires, err = lastMoment(expires); err != nil {
				return err
			}
			if v.Maintenance, err = lastMoment(maintenance); err != nil {
				return err
			}
			if roots != "" {
				if v.Roots, err = readRoots(roots); err != nil {
					return err
				}
			}
			return s.AddCustomer(cmd.Context(), v)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&v.Name, "name", "", "name for people")
	f.StringVar(&v.Hostname, "hostname", "support.example.com", "host name of the site")
	f.IntVar(&v.Licenses, "licenses", 10, "representatives at one time")
	f.StringVar(&expires, "license-expires", "", "last day of the licences, "+dayForm+" (default: never)")
	f.StringVar(&maintenance, "maintenance", time.Now().AddDate(1, 0, 0).Format(dayForm), "last day of maintenance")
	f.StringVar(&roots, "roots", "", "PEM `file` of the certificates that clients of the site trust (default: those of the site's version)")
	return cmd
}

// readRoots reads a file of certificates, and no more of it than shows that it is
// too long.
func readRoots(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the trust store: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, pack.MaxRoots+1))
	if err != nil {
		return nil, fmt.Errorf("read the trust store: %w", err)
	}
	return raw, nil
}

func (c *command) customerLicenses() *cobra.Command {
	var licenses int
	var expires string
	cmd := &cobra.Command{
		Use: "licenses ID", Short: "Change a customer's licences, which makes an add-on", Args: cobra.ExactArgs(1),
		RunE: c.with(func(cmd *cobra.Command, args []string, s *server.Server) error {
			until, err := lastMoment(expires)
			if err != nil {
				return err
			}
			return s.SetLicenses(cmd.Context(), args[0], licenses, until)
		}),
	}
	cmd.Flags().IntVar(&licenses, "licenses", 10, "representatives at one time")
	cmd.Flags().StringVar(&expires, "license-expires", "", "last day of the licences, "+dayForm+" (default: never)")
	return cmd
}

func (c *command) customerEntitle() *cobra.Command {
	var deny bool
	cmd := &cobra.Command{
		Use: "entitle ID KIND VERSION", Short: "Let a customer have a release whenever it was built, or not at all", Args: cobra.ExactArgs(3),
		RunE: c.with(func(cmd *cobra.Command, args []string, s *server.Server) error {
			return s.Entitle(cmd.Context(), args[0], pack.Release{Kind: pack.Kind(args[1]), Version: args[2]}, !deny)
		}),
	}
	cmd.Flags().BoolVar(&deny, "deny", false, "not at all")
	return cmd
}

func (c *command) enroll() *cobra.Command {
	var customer, key, note string
	cmd := &cobra.Command{
		Use: "enroll SERIAL", Short: "Make an appliance a customer's, or move it to him", Args: cobra.ExactArgs(1),
		Long: "Enroll makes an appliance a customer's. Without -key, its identity key is taken from its\nfirst check for updates. The key is a download key that it made, or 64 hexadecimal digits.\n" +
			"With another customer or key, the sessions, keys and downloads it was given end.",
		RunE: c.with(func(cmd *cobra.Command, args []string, s *server.Server) error {
			return s.Enroll(cmd.Context(), args[0], customer, key, note)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&customer, "customer", server.DefaultCustomer, "whose it is")
	f.StringVar(&key, "key", "", "its identity key")
	f.StringVar(&note, "note", "", "for people")
	return cmd
}

func (c *command) list() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List customers, appliances and downloads", Args: cobra.NoArgs,
		RunE: c.with(func(cmd *cobra.Command, _ []string, s *server.Server) error {
			customers, err := s.Customers(cmd.Context())
			if err != nil {
				return err
			}
			appliances, err := s.Appliances(cmd.Context())
			if err != nil {
				return err
			}
			downloads, err := s.Downloads(cmd.Context())
			if err != nil {
				return err
			}
			t := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
			fmt.Fprintln(t, "CUSTOMER\tHOST NAME\tLICENCES\tMAINTENANCE UNTIL")
			for _, v := range customers {
				fmt.Fprintf(t, "%s\t%s\t%d\t%s\n", v.ID, v.Hostname, v.Licenses, day(v.Maintenance))
			}
			fmt.Fprintln(t, "\nSERIAL\tCUSTOMER\tKEY\tINSTALLED\tLAST CHECK")
			for _, v := range appliances {
				installed := ""
				for _, r := range v.Installed {
					installed += fmt.Sprintf("%s %s ", r.Kind, r.Version)
				}
				fmt.Fprintf(t, "%s\t%s\t%.8x\t%s\t%s\n", v.Serial, v.Customer, []byte(v.Key), installed, day(v.Checked))
			}
			fmt.Fprintln(t, "\nDOWNLOAD\tSERIAL\tSTATE\tBYTES\tLAST\tREISSUED")
			for _, v := range downloads {
				fmt.Fprintf(t, "%s\t%s\t%s\t%d of %d\t%s\t%d\n", v.Package, v.Serial, v.State, v.Served, v.Size, day(v.Last), v.Reissues)
			}
			return t.Flush()
		}),
	}
}

func day(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(time.RFC3339)
}

func (c *command) reissue() *cobra.Command {
	return &cobra.Command{
		Use: "reissue SERIAL PACKAGE", Short: "Let an appliance's package be downloaded again", Args: cobra.ExactArgs(2),
		RunE: c.with(func(cmd *cobra.Command, args []string, s *server.Server) error {
			return s.Reissue(cmd.Context(), args[0], args[1])
		}),
	}
}

func (c *command) factory() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "factory CUSTOMER VERSION", Short: "Write the update file of a site package for the disk of an appliance that comes with it", Args: cobra.ExactArgs(2),
		Long: "Factory writes the update file of a site package, for mkimage -factory. It does not count as a download.",
		RunE: c.with(func(cmd *cobra.Command, args []string, s *server.Server) error {
			f, err := renameio.NewPendingFile(out, renameio.WithPermissions(0o644))
			if err != nil {
				return fmt.Errorf("write %s: %w", out, err)
			}
			defer f.Cleanup()
			if err := s.Factory(cmd.Context(), args[0], args[1], f); err != nil {
				return err
			}
			return f.CloseAtomicallyReplace()
		}),
	}
	cmd.Flags().StringVar(&out, "out", "site.usupd", "file to write")
	return cmd
}

func (c *command) key() *cobra.Command {
	return &cobra.Command{
		Use: "key SERIAL", Short: "Print a download key for an appliance before Base 3.3.2", Args: cobra.ExactArgs(1),
		RunE: c.with(func(cmd *cobra.Command, args []string, s *server.Server) error {
			key, err := s.SupportKey(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.out, key)
			return err
		}),
	}
}

func (c *command) root() *cobra.Command {
	return &cobra.Command{
		Use: "root", Short: "Print the root metadata, for a seed's update.trust_root", Args: cobra.NoArgs,
		RunE: c.with(func(_ *cobra.Command, _ []string, s *server.Server) error {
			_, err := fmt.Fprintf(c.out, "%s\n", s.Root())
			return err
		}),
	}
}
