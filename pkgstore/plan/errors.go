// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"

	"understudy/pkgstore/pack"
)

// Unmet says that a package requires another one first, in the product's words
// (guide: Upgrade a Single BeyondTrust Appliance Using Automatic Updates).
type Unmet struct {
	Package     pack.Summary
	Requirement pack.Requirement
	Installed   string // version of what the requirement asks for; "" for none
	Missing     bool   // nothing on offer meets the requirement
}

func (e *Unmet) Error() string {
	installed := e.Installed
	if installed == "" {
		installed = "An appliance without site software"
	}
	return fmt.Sprintf(`%s does not satisfy %s's requirements. Please install any other available package by clicking "Install this Update".`,
		installed, e.Package.Version)
}

// Advice says what has to be installed first, with both versions.
func (e *Unmet) Advice() string {
	r := e.Requirement
	wants := r.Package + " or newer"
	if r.Max != "" {
		wants = fmt.Sprintf("%s, or newer up to %s", r.Package, r.Max)
	}
	has := "none is installed"
	if e.Installed != "" {
		has = e.Installed + " is installed"
	}
	if e.Missing {
		return fmt.Sprintf("%s requires %s; %s, and none of the available packages brings it.", e.Package.Name, wants, has)
	}
	return fmt.Sprintf("%s requires %s; %s.", e.Package.Name, wants, has)
}

// Older says that a package brings nothing newer than what is installed.
type Older struct {
	Package   pack.Summary
	Installed pack.Release
}

func (e *Older) Error() string {
	if pack.CompareVersions(e.Package.Version, e.Installed.Version) == 0 {
		if e.Package.Tree == e.Installed.Tree {
			return fmt.Sprintf("%s is installed already.", e.Package.Name)
		}
		return fmt.Sprintf("%s (tree %d) is older than the %s (tree %d) that is installed.",
			e.Package.Name, e.Package.Tree, e.Installed.Version, e.Installed.Tree)
	}
	return fmt.Sprintf("%s is older than the %s that is installed.", e.Package.Name, e.Installed.Version)
}

// Other says that a package is for another product, architecture or customer.
type Other struct {
	Package          pack.Summary
	What, Wants, Has string
}

func (e *Other) Error() string {
	return fmt.Sprintf("%s is for the %s %s; this appliance's is %s.", e.Package.Name, e.What, e.Wants, e.Has)
}

// Absent says that a release is not on offer.
type Absent struct{ Release pack.Release }

func (e *Absent) Error() string {
	return fmt.Sprintf("%s %s is not among the available packages.", e.Release.Kind, e.Release.Version)
}
