// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/pkgstore/server"
)

func mkpkg(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), args, &out, io.Discard, func(string) string { return "" })
	return out.String(), err
}

func TestPackagesAreMadeAndShown(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in")
	if err := os.WriteFile(in, bytes.Repeat([]byte("program "), 1000), 0o755); err != nil {
		t.Fatal(err)
	}
	roots, _ := certificate(t)
	customer := []string{"-customer", "c1", "-hostname", "support.example.com", "-licenses", "15"}
	for name, c := range map[string]struct {
		args []string
		want []string // in what is shown, without white space
	}{
		"base": {[]string{"-version", "3.3.2", "-tree", "4", "-build", "24817", "-built", "1700000000", "-uki", in},
			[]string{`"name":"BaseSoftware3.3.2"`, `"tree":4`, `"build":"24817"`, `"restart":true`, `"built":"2023-11-14T22:13:20Z"`, `"role":"uki","size":8000`, `"package":"BaseSoftware3.2.4"`}},
		"site": {append(customer, "-version", "12.2.0", "-program", in, "-roots", roots, "-expires", "never"),
			[]string{`"name":"Bomgar-12.2.0"`, `"hostname":"support.example.com","licenses":15}`, `"clients":true`, `"role":"program","size":8000`, `"role":"roots"`, `"role":"eula"`}},
		"license": {append(customer, "-version", "2026.11.23", "-expires", "2027-01-31"),
			[]string{`"name":"LicenseAdd-on2026.11.23"`, `"expires":"2027-01-31T00:00:00Z"`, `"files":[]`}},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, name+".pkg")
			said, err := mkpkg(t, append(append([]string{name}, c.args...), "-out", file)...)
			if err != nil {
				t.Fatal(err)
			}
			text, err := mkpkg(t, "show", file)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(strings.Join(strings.Fields(text), ""), want) {
					t.Errorf("%s is not in\n%s", want, text)
				}
			}
			var s shown
			if err := json.Unmarshal([]byte(text), &s); err != nil || !strings.Contains(said, s.SHA256) || !strings.Contains(said, s.Summary.Name) {
				t.Errorf("%v; said %q", err, said)
			}
		})
	}
}

// certificate is a file with a certificate, and one with its key besides.
func certificate(t *testing.T) (alone, withKey string) {
	t.Helper()
	withKey = filepath.Join(t.TempDir(), "pem")
	if _, _, err := server.Certificate(withKey, []string{"ca.example.com"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(withKey)
	if err != nil {
		t.Fatal(err)
	}
	alone = withKey + ".crt"
	cert, _, _ := strings.Cut(string(raw), "-----BEGIN PRIVATE")
	if err := os.WriteFile(alone, []byte(cert), 0o600); err != nil {
		t.Fatal(err)
	}
	return alone, withKey
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, []byte("program"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, withKey := certificate(t)
	for want, args := range map[string][]string{
		"PRIVATE KEY":                {"site", "-version", "12.2.0", "-program", in, "-roots", withKey, "-customer", "c1", "-hostname", "support.example.com", "-licenses", "15", "-expires", "never", "-out", out},
		"say what to do":             {},
		"is not base, site":          {"firmware"},
		"one package":                {"show"},
		"no such file":               {"show", out},
		"too few":                    {"show", in},
		"-out is missing":            {"base", "-version", "3.3.2", "-uki", in},
		"file to pack is missing":    {"base", "-version", "3.3.2", "-out", out},
		"3.2.4, 3.3.2, 4.2.1, 5.1.0": {"base", "-version", "3.3.9", "-uki", in, "-out", out},
		"no such file or":            {"base", "-version", "3.3.2", "-uki", out, "-out", out},
		"number of seconds":          {"base", "-version", "3.3.2", "-uki", in, "-out", out, "-built", "today"},
		"one word too many":          {"base", "-version", "3.3.2", "-uki", in, "-out", out, "more"},
		"neither a date":             {"license", "-version", "1", "-customer", "c1", "-out", out, "-expires", "soon"},
		"not a host name":            {"license", "-version", "1", "-customer", "c1", "-out", out},
		"not defined":                {"base", "-customer", "c1"},
	} {
		if _, err := mkpkg(t, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("something was left behind: %v, %v", left, err)
	}
}
