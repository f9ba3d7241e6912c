// SPDX-License-Identifier: Apache-2.0

package pack

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestCheckLooksAtEveryField(t *testing.T) {
	later := func(d time.Duration) time.Time { return built.Add(d) }
	for want, change := range map[string]func(*Summary){
		"":                          func(*Summary) {},
		"format 2 is":               func(s *Summary) { s.Format = 2 },
		"product":                   func(s *Summary) { s.Product = "a b" },
		"architecture":              func(s *Summary) { s.Architecture = "../x" },
		`kind ""`:                   func(s *Summary) { s.Kind = "" },
		`version "1.2.3.4.5"`:       func(s *Summary) { s.Version = "1.2.3.4.5" },
		`version "123456"`:          func(s *Summary) { s.Version = "123456" },
		"tree":                      func(s *Summary) { s.Tree = -1 },
		`name ""`:                   func(s *Summary) { s.Name = "" },
		`name " x"`:                 func(s *Summary) { s.Name = " x" },
		`name "a\nb"`:               func(s *Summary) { s.Name = "a\nb" },
		"name \"xxx":                func(s *Summary) { s.Name = strings.Repeat("x", 81) },
		`build ""`:                  func(s *Summary) { s.Build = "" },
		`build "../x"`:              func(s *Summary) { s.Build = "../x" },
		"9 requirements":            func(s *Summary) { s.Requires = make([]Requirement, 9) },
		"requirement is of kind":    func(s *Summary) { s.Requires[0].Kind = License },
		"at least":                  func(s *Summary) { s.Requires[0].Min = "" },
		"no range":                  func(s *Summary) { s.Requires[0].Max = "3.3.1" },
		"no range of":               func(s *Summary) { s.Requires[0].Max = "x" },
		"requirement names":         func(s *Summary) { s.Requires[0].Package = "" },
		"names no customer":         func(s *Summary) { s.Customer = nil },
		"names the customer":        func(s *Summary) { s.Kind = Base },
		`customer "a/b"`:            func(s *Summary) { s.Customer.ID = "a/b" },
		"not a host name":           func(s *Summary) { s.Customer.Hostname = "192.0.2.1" },
		"licenses are":              func(s *Summary) { s.Customer.Licenses = -1 },
		"licenses expire":           func(s *Summary) { s.Customer.Expires = later(time.Millisecond) },
		"-1 minutes":                func(s *Summary) { s.Minutes = -1 },
		"build time 0001":           func(s *Summary) { s.Built = time.Time{} },
		"whole second":              func(s *Summary) { s.Built = later(1) },
		"in UTC":                    func(s *Summary) { s.Built = built.In(time.FixedZone("x", 3600)) },
		"the notes are 16385":       func(s *Summary) { s.Notes = strings.Repeat("x", MaxNotes+1) },
		"the notes are 1 bytes and": func(s *Summary) { s.Notes = "\x1b" },
	} {
		s := siteSummary()
		s.Requires = append([]Requirement(nil), s.Requires...)
		change(&s)
		if err := s.Check(); want == "" && err != nil || want != "" && (!malformedErr(err) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestParseSummary(t *testing.T) {
	good, err := json.MarshalIndent(siteSummary(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := ParseSummary(good); err != nil || !s.Equal(siteSummary()) || s.Equal(baseSummary()) {
		t.Errorf("%+v, %v", s, err)
	}
	for _, bad := range []string{"", "null", "{}", string(good) + "{", strings.Replace(string(good), "{", `{"x":1,`, 1)} {
		if _, err := ParseSummary([]byte(bad)); !malformedErr(err) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func TestRequirementMet(t *testing.T) {
	r := Requirement{Kind: Base, Min: "3.3.2", Max: "4.2"}
	for version, want := range map[string]bool{"": false, "3.3.1": false, "3.3.2": true, "4.2.0": true, "4.2.1": false} {
		if r.Met(version) != want {
			t.Errorf("%q: %v", version, !want)
		}
	}
	if r.Max = ""; !r.Met("99") {
		t.Error("without a maximum 99 is too new")
	}
}
