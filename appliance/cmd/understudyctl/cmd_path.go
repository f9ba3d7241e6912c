// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
)

// pathCommand needs no appliance: it plans over the catalogue of releases.
func pathCommand(a *app) *cobra.Command {
	var from, to string
	c := &cobra.Command{
		Use:   "path",
		Short: "The order in which an old appliance is brought to a release, and why",
		Long: "Says which packages have to be installed, in which order, and what for. No appliance is asked.\n" +
			"--from is BASE/SITE, such as 3.2.4/12.1.4, or BASE alone for an appliance without site software.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			state, err := parseState(from)
			if err != nil {
				return err
			}
			target, err := parseRelease(to)
			if err != nil {
				return err
			}
			var offered []pack.Summary
			for _, e := range catalogue.All() {
				offered = append(offered, e.Summary)
			}
			path, err := plan.Path(state, offered, target)
			if err != nil {
				return err
			}
			steps := stepsOf(state, path)
			a.print.Value(steps, func(s *sheet) {
				var rows [][]string
				for _, x := range steps {
					rows = append(rows, []string{fmt.Sprint(x.Step), x.Package, x.Why})
				}
				s.table("Nothing has to be installed.", []string{"STEP", "INSTALL", "WHY"}, rows)
			})
			return nil
		},
	}
	c.Flags().StringVar(&from, "from", "", "what is installed: BASE/SITE")
	c.Flags().StringVar(&to, "to", "", "the release to reach, of the site or the Base software")
	_ = c.MarkFlagRequired("from")
	_ = c.MarkFlagRequired("to")
	return c
}

// planStep is one install on a path.
type planStep struct {
	Step    int    `json:"step"`
	Package string `json:"package"`
	Kind    string `json:"kind"`
	Version string `json:"version"`
	Why     string `json:"why"`
}

func stepsOf(state plan.State, path []pack.Summary) []planStep {
	steps := []planStep{}
	why := plan.Why(state, path)
	for i, p := range path {
		s := planStep{Step: i + 1, Package: p.Name, Kind: string(p.Kind), Version: p.Version, Why: "it is what was asked for"}
		if why[i] != nil {
			s.Why = why[i].Name + " requires it"
		}
		steps = append(steps, s)
	}
	return steps
}

func parseState(text string) (plan.State, error) {
	base, site, _ := strings.Cut(text, "/")
	s := plan.State{Base: pack.Release{Kind: pack.Base, Version: base}, Site: pack.Release{Kind: pack.Site, Version: site}}
	if _, ok := catalogue.Find(pack.Base, base); !ok {
		return s, fmt.Errorf("there is no Base software %q: the catalogue has %s", base, versionsOf(pack.Base))
	}
	if _, ok := catalogue.Find(pack.Site, site); !ok && site != "" {
		return s, fmt.Errorf("there is no site software %q: the catalogue has %s", site, versionsOf(pack.Site))
	}
	return s, nil
}

func parseRelease(version string) (pack.Release, error) {
	for _, kind := range []pack.Kind{pack.Site, pack.Base} {
		if e, ok := catalogue.Find(kind, version); ok {
			return pack.Release{Kind: kind, Version: e.Version}, nil
		}
	}
	return pack.Release{}, fmt.Errorf("there is no release %q: the catalogue has Base software %s and site software %s", version, versionsOf(pack.Base), versionsOf(pack.Site))
}

func versionsOf(kind pack.Kind) string {
	var list []string
	for _, e := range catalogue.All() {
		if e.Kind == kind {
			list = append(list, e.Version)
		}
	}
	return strings.Join(list, ", ")
}
