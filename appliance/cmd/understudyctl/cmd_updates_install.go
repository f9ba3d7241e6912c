// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"understudy/appliance/client/applianceapi"
)

func updatesUploadCommand(a *app) *cobra.Command {
	var waive bool
	c := &cobra.Command{
		Use:   "upload FILE",
		Short: "Bring an update file to the appliance, which verifies it",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			file, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			p, err := client.Upload(c.Context(), a.metered(file), waive)
			if err != nil {
				return err
			}
			a.print.Value(p, func(s *sheet) { drawPackage(s, p) })
			return nil
		},
	}
	c.Flags().BoolVar(&waive, "waive-expiry", false, "accept metadata that has expired; it is written down")
	return c
}

// metered says how far a file has been read, in tenths.
func (a *app) metered(f *os.File) io.Reader {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return f
	}
	return &meter{r: f, size: info.Size(), say: func(tenths int64) { a.print.Note("%d %% sent", tenths*10) }}
}

type meter struct {
	r               io.Reader
	n, size, tenths int64
	say             func(tenths int64)
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.n += int64(n)
	if t := m.n * 10 / m.size; t > m.tenths {
		m.tenths = t
		m.say(t)
	}
	return n, err
}

func drawPackage(s *sheet, p applianceapi.Package) {
	s.fields("Package", p.Name, "Version", p.Version, "Build", p.Build, "Size", strconv.FormatInt(p.Bytes/1e6, 10)+" MB", "Restarts the appliance", yesNo(p.Restart), "Id", p.ID)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func updatesPackagesCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "packages",
		Short: "Packages on the appliance that can be installed",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			list, err := client.Packages(c.Context())
			if err != nil {
				return err
			}
			a.print.Value(list, func(s *sheet) {
				var rows [][]string
				for _, p := range list.Items {
					rows = append(rows, []string{p.ID[:min(len(p.ID), 12)], p.Name, p.Build, moment(p.At), p.By})
				}
				s.table("No package waits to be installed.", []string{"ID", "PACKAGE", "BUILD", "SINCE", "BY"}, rows)
			})
			return nil
		},
	}
}

func updatesInstallCommand(a *app) *cobra.Command {
	var yes, detach bool
	var patience time.Duration
	var choice applianceapi.Install
	c := &cobra.Command{
		Use:   "install PACKAGE",
		Short: "Install a package and follow it over the restart",
		Long:  "Install a package. PACKAGE is a name or title that `updates available` shows, which is\ndownloaded first, or an id that `updates packages` shows, or its beginning.",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			p, err := findInstallable(c.Context(), client, args[0])
			if err != nil {
				return err
			}
			if err := a.agree(client.URL()+": "+p.name+" is installed."+restartSentence(p.restart), yes); err != nil {
				return err
			}
			found, err := p.preflight(c.Context())
			if err != nil {
				return err
			}
			for _, f := range found.Items {
				a.print.Note("%s: %s %s", f.Code, f.Text, f.Fix)
			}
			var t applianceapi.Task
			err = a.again(c.Context(), client, func() error {
				t, err = p.install(c.Context(), choice)
				return err
			})
			if applianceapi.HasCode(err, applianceapi.CodeAgreement) {
				return a.showAgreement(c.Context(), p, err)
			}
			if err != nil {
				return err
			}
			a.print.Task(t)
			if detach {
				return nil
			}
			f := follower{app: a, client: client, patience: patience, last: t}
			return f.follow(c.Context(), t.ID)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&choice.Force, "force", false, "install a version that was tried before and did not work")
	c.Flags().BoolVar(&choice.Override, "override", false, "install in spite of what the preflight warns of; it is written down")
	c.Flags().BoolVar(&choice.Accept, "accept-license", false, "accept the licence agreement of the package")
	c.Flags().BoolVar(&detach, "detach", false, "do not wait for the end")
	c.Flags().DurationVar(&patience, "patience", 10*time.Minute, "longest time without an answer")
	return c
}

// showAgreement prints what has to be accepted, and makes of the box's refusal
// one that says how.
func (a *app) showAgreement(ctx context.Context, p installable, refusal error) error {
	agreement, err := p.agreement(ctx)
	if err != nil {
		return errors.Join(refusal, err)
	}
	a.print.Value(agreement, func(s *sheet) { s.text(agreement.Text) })
	return fmt.Errorf("%w\n  Read it above; if you accept it, install again with --accept-license.", refusal)
}

func restartSentence(restart bool) string {
	if restart {
		return " The appliance restarts, and everyone is cut off until it is back."
	}
	return ""
}

// installable is a package of the appliance or one that is on offer.
type installable struct {
	name      string
	restart   bool
	agreement func(context.Context) (applianceapi.AgreementText, error)
	preflight func(context.Context) (applianceapi.List[applianceapi.Finding], error)
	install   func(context.Context, applianceapi.Install) (applianceapi.Task, error)
}

// findInstallable looks among what is on offer, by name or title, and then among
// the packages of the appliance.
func findInstallable(ctx context.Context, client *applianceapi.Client, what string) (installable, error) {
	list, err := client.Available(ctx)
	if err != nil {
		return installable{}, err
	}
	for _, o := range list.Items {
		if o.Name == what || o.Title == what {
			return installable{o.Title, o.Restart,
				func(ctx context.Context) (applianceapi.AgreementText, error) {
					if o.Package != "" { // it may be too long for the list
						return client.Agreement(ctx, o.Package)
					}
					return applianceapi.AgreementText{Text: o.Agreement}, nil
				},
				func(ctx context.Context) (applianceapi.List[applianceapi.Finding], error) {
					return client.PreflightOffer(ctx, o.Name)
				},
				func(ctx context.Context, i applianceapi.Install) (applianceapi.Task, error) {
					return client.InstallOffer(ctx, o.Name, i)
				}}, nil
		}
	}
	p, err := findPackage(ctx, client, what)
	return installable{p.Name, p.Restart,
		func(ctx context.Context) (applianceapi.AgreementText, error) {
			return client.Agreement(ctx, p.ID)
		},
		func(ctx context.Context) (applianceapi.List[applianceapi.Finding], error) {
			return client.Preflight(ctx, p.ID)
		},
		func(ctx context.Context, i applianceapi.Install) (applianceapi.Task, error) {
			return client.Install(ctx, p.ID, i)
		}}, err
}

// findPackage finds the package whose id begins so.
func findPackage(ctx context.Context, client *applianceapi.Client, id string) (applianceapi.Package, error) {
	list, err := client.Packages(ctx)
	if err != nil {
		return applianceapi.Package{}, err
	}
	var found []applianceapi.Package
	for _, p := range list.Items {
		if id != "" && strings.HasPrefix(p.ID, id) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return applianceapi.Package{}, fmt.Errorf("no package on the appliance has an id that begins with %q: see `updates packages`", id)
	}
	return applianceapi.Package{}, fmt.Errorf("%d packages on the appliance have an id that begins with %q: give more of it", len(found), id)
}

func updatesDiscardCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "discard ID",
		Short: "Remove a package from the appliance",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			p, err := findPackage(c.Context(), client, args[0])
			if err != nil {
				return err
			}
			return client.Discard(c.Context(), p.ID)
		},
	}
}

func updatesHistoryCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "history",
		Short: "Updates and how they went",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.connect()
			if err != nil {
				return err
			}
			list, err := client.Updates(c.Context())
			if err != nil {
				return err
			}
			a.print.Value(list, func(s *sheet) {
				var rows [][]string
				for _, u := range list.Items {
					rows = append(rows, []string{moment(u.Started), u.Name, u.From, u.State, u.By, u.Reason})
				}
				s.table("Nothing has been installed since the first start.", []string{"STARTED", "PACKAGE", "FROM", "STATE", "BY", "REASON"}, rows)
			})
			return nil
		},
	}
}
