// SPDX-License-Identifier: Apache-2.0

package pack

import (
	"bytes"
	"encoding/json"
	"time"
)

// Kind is what a package brings.
type Kind string

// The kinds of packages.
const (
	Base    Kind = "base"    // a boot image: the Base software
	Site    Kind = "site"    // the site software, built for one customer
	License Kind = "license" // an add-on: licence counts and expiry of one customer
)

// Product and Architecture are what all packages are for. That a package is
// for another one is found by package plan, which names both; here it may be
// any.
const (
	Product      = "understudy"
	Architecture = "amd64"
)

// Format is the version of FORMAT.md that this package writes and reads.
const Format = 1

// Release names one release of a kind: what an installed piece of software is,
// and what a package makes of it.
type Release struct {
	Kind    Kind   `json:"kind"`
	Version string `json:"version"` // product version, numbers with dots: 12.2.0
	Tree    int    `json:"tree"`    // revision of our tree; a newer one of the same version is an update
}

// Summary is what is known of a package before it is fetched. It stands in the
// signed metadata and, word for word, in the package's manifest.
type Summary struct {
	Format       int           `json:"format"`       // 1
	Product      string        `json:"product"`      // always Product
	Architecture string        `json:"architecture"` // GOARCH: amd64
	Release                    // kind, version, tree
	Name         string        `json:"name"`               // as a person reads it: Base Software 3.3.2, Bomgar-12.2.0
	Build        string        `json:"build"`              // build identifier
	Requires     []Requirement `json:"requires,omitempty"` // all of them must be met
	Customer     *Customer     `json:"customer,omitempty"` // for whom it was built; nil for Base
	Restart      bool          `json:"restart,omitempty"`  // the box restarts
	Clients      bool          `json:"clients,omitempty"`  // clients have to upgrade afterwards
	Minutes      int           `json:"minutes,omitempty"`  // how long an install usually takes
	Built        time.Time     `json:"built"`              // UTC, whole seconds
	Notes        string        `json:"notes,omitempty"`    // release notes: plain text, at most 16 KiB
}

// Requirement is what must be installed before: a release of a kind, at least
// and optionally at most.
type Requirement struct {
	Kind    Kind   `json:"kind"`
	Min     string `json:"min"`           // product version
	Max     string `json:"max,omitempty"` // product version; empty for any
	Package string `json:"package"`       // display name of the package that brings Min
}

// Customer is for whom a site package or a licence add-on was built.
type Customer struct {
	ID       string    `json:"id"`               // stable, of the update server
	Hostname string    `json:"hostname"`         // primary host name of the site
	Licenses int       `json:"licenses"`         // representatives at one time
	Expires  time.Time `json:"expires,omitzero"` // of the licences; UTC, whole seconds; zero for never
}

// Equal reports whether two summaries say the same. What was signed for and
// what a package's manifest says must.
func (s Summary) Equal(o Summary) bool {
	a, errA := json.Marshal(s)
	b, errB := json.Marshal(o)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}
