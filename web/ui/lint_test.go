// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// banned is what no template of the house may hold: what the content security
// policy would refuse, and the parts of htmx that make code out of text.
var banned = map[string]*regexp.Regexp{
	"an inline style":      regexp.MustCompile(`(?i)\sstyle\s*=|<style`),
	"an inline script":     regexp.MustCompile(`(?i)<script(?:\s+(?:defer|async|type="[^"]*"))*\s*>|\son[a-z]+\s*=`),
	"hx-on":                regexp.MustCompile(`(?i)hx-on`),
	"a js: value":          regexp.MustCompile(`(?i)["'\s{]js:`),
	"a javascript: link":   regexp.MustCompile(`(?i)javascript:`),
	"an address elsewhere": regexp.MustCompile(`(?i)(?:src|href|action)\s*=\s*["']?(?:https?:)?//`),
}

// templatesBelow lists the templates of all rooms of pages.
func templatesBelow(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".html" && !strings.Contains(path, "testdata") {
			found = append(found, path)
		}
		return err
	})
	if err != nil || len(found) < 5 {
		t.Fatalf("found %q, %v", found, err)
	}
	return found
}

func TestTemplatesHoldNothingBanned(t *testing.T) {
	for _, path := range templatesBelow(t) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for what, pattern := range banned {
			if at := pattern.FindIndex(content); at != nil {
				t.Errorf("%s holds %s: %q", path, what, content[at[0]:min(at[1]+20, len(content))])
			}
		}
	}
}

// A box finds a mistake in a page when it is first asked for it, so every page
// of every room is looked at here.
func TestEveryPageParses(t *testing.T) {
	rooms, err := filepath.Glob("../*/pages")
	if err != nil || len(rooms) < 2 {
		t.Fatalf("found %q, %v", rooms, err)
	}
	for _, pages := range append(rooms, "../../pkgstore/server/pages") {
		r, err := New(os.DirFS(filepath.Dir(pages)))
		if err != nil {
			t.Fatal(err)
		}
		if len(r.templates) < 2 {
			t.Errorf("%s has no pages", pages)
		}
		if err := r.Parse(); err != nil {
			t.Errorf("%s: %v", pages, err)
		}
	}
}

func TestBannedThingsAreFound(t *testing.T) {
	for text, what := range map[string]string{
		`<p style="color:red">`:                   "an inline style",
		`<script>alert(1)</script>`:               "an inline script",
		`<script defer>alert(1)</script>`:         "an inline script",
		`<a onclick="x()">`:                       "an inline script",
		`<div hx-on:click="x()">`:                 "hx-on",
		`<div hx-vals="js:{a: 1}">`:               "a js: value",
		`<a href="javascript:x()">`:               "a javascript: link",
		`<script src="https://example.com/a.js">`: "an address elsewhere",
		`<img src=//example.com/a.png>`:           "an address elsewhere",
	} {
		if !banned[what].MatchString(text) {
			t.Errorf("%q is not found to be %s", text, what)
		}
	}
}

// Only one file makes HTML that the templates do not escape.
func TestOnlyIconsAreNotEscaped(t *testing.T) {
	unescaped := regexp.MustCompile(`template\.(HTML|JS|JSStr|CSS|URL|Srcset|HTMLAttr)\b`)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "icon.go" {
			return err
		}
		content, err := os.ReadFile(path)
		if at := unescaped.Find(content); at != nil {
			t.Errorf("%s uses %s", path, at)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
