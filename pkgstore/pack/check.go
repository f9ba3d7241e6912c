// SPDX-License-Identifier: Apache-2.0

package pack

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"understudy/naming"
)

var architectureShape = regexp.MustCompile(`^[a-z0-9]{1,16}$`)

// Check returns a *FormatError for the first field that is not as FORMAT.md
// has it. A summary out of anything that can be signed is checked before use.
func (s Summary) Check() error {
	switch {
	case s.Format != Format:
		return malformed("format %d is not known here, only %d is", s.Format, Format)
	case !naming.Short(s.Product):
		return malformed("product %.40q is not a name of lower-case letters, digits and dashes", s.Product)
	case !architectureShape.MatchString(s.Architecture):
		return malformed("architecture %.40q is not lower-case letters and digits", s.Architecture)
	case !validName(s.Name):
		return malformed("name %.100q is not printable text of 1 to %d bytes", s.Name, maxName)
	case !naming.ID(s.Build):
		return malformed("build %.80q has characters other than letters, digits, dot, dash and underscore", s.Build)
	case len(s.Requires) > maxRequires:
		return malformed("%d requirements are more than the %d allowed", len(s.Requires), maxRequires)
	case s.Minutes < 0 || s.Minutes > maxMinutes:
		return malformed("%d minutes are not between 0 and %d", s.Minutes, maxMinutes)
	case !validTime(s.Built):
		return malformed("build time %v is not a whole second in UTC after 1970", s.Built)
	case len(s.Notes) > MaxNotes || !validText(s.Notes):
		return malformed("the notes are %d bytes and must be at most %d of printable text", len(s.Notes), MaxNotes)
	}
	if err := s.Release.Check(); err != nil {
		return err
	}
	for _, r := range s.Requires {
		if err := r.check(); err != nil {
			return err
		}
	}
	if s.Kind == Base {
		if s.Customer != nil {
			return malformed("a base package names the customer %.80q", s.Customer.ID)
		}
		return nil
	}
	if s.Customer == nil {
		return malformed("a %s package names no customer", s.Kind)
	}
	return s.Customer.Check()
}

// Check returns a *FormatError unless kind, version and tree are valid.
func (r Release) Check() error {
	switch {
	case rolesOf[r.Kind] == nil:
		return malformed("kind %.40q is not known", r.Kind)
	case !isVersion(r.Version):
		return malformed("version %.40q is not one to four numbers separated by dots", r.Version)
	case r.Tree < 0 || r.Tree > maxTree:
		return malformed("tree revision %d is out of range", r.Tree)
	}
	return nil
}

// Check returns a *FormatError for the first field that is wrong.
func (c Customer) Check() error {
	switch {
	case !naming.ID(c.ID):
		return malformed("customer %.80q has characters other than letters, digits, dot, dash and underscore", c.ID)
	case !naming.Hostname(c.Hostname):
		return malformed("%.80q is not a host name", c.Hostname)
	case c.Licenses < 0 || c.Licenses > maxLicenses:
		return malformed("%d licenses are not between 0 and %d", c.Licenses, maxLicenses)
	case !c.Expires.IsZero() && !validTime(c.Expires):
		return malformed("the licenses expire at %v, which is not a whole second in UTC after 1970", c.Expires)
	}
	return nil
}

func (r Requirement) check() error {
	switch {
	case r.Kind != Base && r.Kind != Site:
		return malformed("a requirement is of kind %.40q, not base or site", r.Kind)
	case !isVersion(r.Min):
		return malformed("a requirement asks for at least %.40q, which is no version", r.Min)
	case r.Max != "" && (!isVersion(r.Max) || CompareVersions(r.Min, r.Max) > 0):
		return malformed("a requirement asks for %s to %.40q, which is no range of versions", r.Min, r.Max)
	case !validName(r.Package):
		return malformed("a requirement names the package %.100q, which is not printable text of 1 to %d bytes", r.Package, maxName)
	}
	return nil
}

// Met reports whether a version is within the requirement. The empty version,
// for nothing installed, never is.
func (r Requirement) Met(version string) bool {
	return version != "" && CompareVersions(version, r.Min) >= 0 && (r.Max == "" || CompareVersions(version, r.Max) <= 0)
}

func validName(s string) bool {
	return s != "" && len(s) <= maxName && strings.TrimSpace(s) == s && !strings.ContainsAny(s, "\n\t") && validText(s)
}

// validText reports whether s is text that a person can see all of: nothing
// that moves the cursor or turns the direction of writing.
func validText(s string) bool {
	for _, r := range s {
		if !unicode.IsPrint(r) && r != '\n' && r != '\t' {
			return false
		}
	}
	return utf8.ValidString(s)
}

func validTime(t time.Time) bool {
	return t.Location() == time.UTC && t.Nanosecond() == 0 && t.Year() >= 1970 && t.Year() <= 9999
}
