// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	_ "embed" // the catalogue
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"understudy/pkgstore/pack"
)

// Entry is a release of the catalogue. Its summary lacks what a build adds:
// tree, build and time, and the customer. EULA is "" where none is asked for.
type Entry struct {
	pack.Summary
	EULA string
}

// All returns the releases of the Base software, then those of the site
// software, oldest first.
func All() []Entry {
	return slices.Clone(must(embedded()).releases)
}

// Find returns the release of a kind and version. There is a license add-on of
// every version.
func Find(kind pack.Kind, version string) (Entry, bool) {
	c := must(embedded())
	if kind == pack.License {
		e := c.license
		e.Release = pack.Release{Kind: kind, Version: version}
		e.Name += " " + version
		return e, e.Release.Check() == nil
	}
	i := slices.IndexFunc(c.releases, func(e Entry) bool {
		return e.Kind == kind && pack.CompareVersions(e.Version, version) == 0
	})
	if i < 0 {
		return Entry{}, false
	}
	return c.releases[i], true
}

//go:embed catalogue.toml
var text string

var embedded = sync.OnceValues(func() (catalogue, error) { return parse(text) })

// must is for data that was compiled in: a test has parsed it.
func must(c catalogue, err error) catalogue {
	if err != nil {
		panic(err)
	}
	return c
}

type catalogue struct {
	releases []Entry
	license  Entry
}

// release is an entry as catalogue.toml has it.
type release struct {
	Version string `toml:"version"`
	Name    string `toml:"name"`
	Base    string `toml:"base"`
	Site    string `toml:"site"`
	Minutes int    `toml:"minutes"`
	Notes   string `toml:"notes"`
}

// parse reads the catalogue. A requirement is a version that must be in the
// catalogue itself, above the release that asks for it.
func parse(text string) (catalogue, error) {
	var file struct {
		EULA    string    `toml:"eula"`
		Base    []release `toml:"base"`
		Site    []release `toml:"site"`
		License release   `toml:"license"`
	}
	meta, err := toml.Decode(text, &file)
	if err != nil {
		return catalogue{}, fmt.Errorf("catalogue: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return catalogue{}, fmt.Errorf("catalogue: %s is not known", unknown[0])
	}
	names := map[pack.Release]string{}
	for kind, list := range map[pack.Kind][]release{pack.Base: file.Base, pack.Site: file.Site} {
		for i, r := range list {
			if i > 0 && pack.CompareVersions(list[i-1].Version, r.Version) >= 0 {
				return catalogue{}, fmt.Errorf("catalogue: %s does not come after %s", r.Name, list[i-1].Name)
			}
			names[pack.Release{Kind: kind, Version: r.Version}] = r.Name
		}
	}
	var c catalogue
	for _, r := range file.Base {
		if err := c.add(r, pack.Base, "", names); err != nil {
			return catalogue{}, err
		}
	}
	for _, r := range file.Site {
		if err := c.add(r, pack.Site, file.EULA, names); err != nil {
			return catalogue{}, err
		}
	}
	file.License.Version = "1"
	c.license, err = file.License.entry(pack.License, "", names)
	return c, err
}

func (c *catalogue) add(r release, kind pack.Kind, eula string, names map[pack.Release]string) error {
	e, err := r.entry(kind, eula, names)
	c.releases = append(c.releases, e)
	return err
}

// entry fills in what follows from the kind: Base restarts the box, and clients
// follow the site (guide: Upgrade Preparation).
func (r release) entry(kind pack.Kind, eula string, names map[pack.Release]string) (Entry, error) {
	e := Entry{EULA: strings.TrimPrefix(eula, "\n"), Summary: pack.Summary{
		Format: pack.Format, Product: pack.Product, Architecture: pack.Architecture,
		Release: pack.Release{Kind: kind, Version: r.Version}, Name: r.Name, Minutes: r.Minutes,
		Restart: kind == pack.Base, Clients: kind == pack.Site, Notes: r.Notes,
	}}
	for _, need := range []pack.Release{{Kind: pack.Base, Version: r.Base}, {Kind: pack.Site, Version: r.Site}} {
		name, ok := names[need]
		switch {
		case need.Version == "":
			continue
		case !ok || need.Kind == kind && pack.CompareVersions(need.Version, r.Version) >= 0:
			return e, fmt.Errorf("catalogue: %s requires %s %s, which is not there before it", r.Name, need.Kind, need.Version)
		}
		e.Requires = append(e.Requires, pack.Requirement{Kind: need.Kind, Min: need.Version, Package: name})
	}
	sample := &pack.Customer{ID: "sample", Hostname: "support.example.com"}
	if err := e.For(Build{ID: "sample", Time: time.Unix(0, 0).UTC()}, sample).Check(); err != nil {
		return e, fmt.Errorf("catalogue: %s: %w", r.Name, err)
	}
	return e, nil
}
