// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"understudy/pkgstore/pack"
)

var (
	build    = Build{Tree: 3, ID: "24817", Time: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	customer = pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 15}
)

func TestReleasesHaveTheirNames(t *testing.T) {
	for _, c := range []struct {
		kind          pack.Kind
		version, name string
	}{
		{pack.Base, "3.2.4", "Base Software 3.2.4"}, {pack.Base, "3.3.2", "Base Software 3.3.2"},
		{pack.Base, "4.2.1", "Base Software 4.2.1"}, {pack.Base, "5.1.0", "Base Software 5.1.0"}, {pack.Base, "5.1", "Base Software 5.1.0"},
		{pack.Site, "12.1.4", "Bomgar-12.1.4"}, {pack.Site, "12.2.0", "Bomgar-12.2.0"}, {pack.Site, "14.2.1", "Bomgar-14.2.1"},
		{pack.Site, "19.1.1", "BeyondTrust 19.1.1"}, {pack.License, "2026.11.23", "License Add-on 2026.11.23"},
	} {
		if e, ok := Find(c.kind, c.version); !ok || e.Name != c.name || e.Kind != c.kind {
			t.Errorf("%s %s: %+v", c.kind, c.version, e.Summary)
		}
	}
	for _, r := range []pack.Release{{Kind: pack.Base, Version: "12.2.0"}, {Kind: "x", Version: "3.3.2"}, {Kind: pack.Site}, {Kind: pack.License, Version: "../1"}} {
		if e, ok := Find(r.Kind, r.Version); ok {
			t.Errorf("%+v: %s", r, e.Name)
		}
	}
}

func TestAReleaseBecomesAPackage(t *testing.T) {
	addOn, _ := Find(pack.License, "1.0")
	for _, e := range append(All(), addOn) {
		s := e.For(build, &customer)
		if (s.Customer == nil) != (s.Kind == pack.Base) || s.Tree != 3 || s.Build != "24817" || s.Restart != (s.Kind == pack.Base) || s.Clients != (s.Kind == pack.Site) {
			t.Errorf("%+v", s)
		}
		main, role := pack.Bytes([]byte("image or program")), map[pack.Kind]pack.Role{pack.Base: pack.UKI, pack.Site: pack.Program}[s.Kind]
		var roots []byte
		if s.Kind == pack.Site {
			roots = []byte("certificates")
		}
		var b bytes.Buffer
		n, _, err := e.Write(&b, s, main, roots)
		if err != nil {
			t.Fatal(err)
		}
		p, err := pack.Open(bytes.NewReader(b.Bytes()), n)
		if err != nil || !p.Summary().Equal(s) {
			t.Fatalf("%s: %v", e.Name, err)
		}
		if text, err := p.EULA(t.Context()); text != e.EULA || err != nil || (text != "") != (s.Kind == pack.Site) {
			t.Errorf("%s: EULA %.40q, %v", e.Name, text, err)
		}
		if role != "" && p.Copy(t.Context(), role, io.Discard) != nil || p.Size(pack.Roots) != int64(len(roots)) {
			t.Errorf("%s: files are missing", e.Name)
		}
	}
	base, _ := Find(pack.Base, "3.3.2")
	if _, _, err := base.Write(io.Discard, base.For(build, nil), pack.Bytes([]byte("image")), []byte("x")); err == nil {
		t.Error("a base package took certificates")
	}
}

func TestEntriesAreCopies(t *testing.T) {
	All()[1].For(build, nil).Requires[0].Min = "9"
	e, _ := Find(pack.Base, "3.3.2")
	if e.Requires[0].Min != "3.2.4" {
		t.Error("a build changed the catalogue")
	}
}

func TestParseIsStrict(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"as it is":           {"", "", ""},
		"no TOML":            {"[[base]]", "[[base", "catalogue: toml"},
		"an unknown key":     {"minutes = 10", "minuts = 10", "is not known"},
		"nothing to require": {`base    = "3.2.4"`, `base    = "3.2.5"`, "requires base 3.2.5"},
		"requires itself":    {`base    = "3.2.4"`, `base    = "3.3.2"`, "requires base 3.3.2"},
		"not in order":       {`version = "3.2.4"`, `version = "3.3.3"`, "does not come after"},
		"a bad version":      {`version = "19.1.1"`, `version = "19.1.1b"`, "does not come after"},
		"no name":            {`"Bomgar-14.2.1"`, `""`, "name"},
	} {
		_, err := parse(strings.Replace(text, c.old, c.new, 1))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
