// SPDX-License-Identifier: Apache-2.0

package house

import (
	"slices"
	"strings"
	"testing"
)

// arrows says for each room which of our packages it may import. A room
// is the longest prefix that matches; a target matches by prefix too. What is
// not listed may import nothing of ours.
var arrows = map[string][]string{
	"naming":             {},
	"hwprofiles":         {},
	"pkgstore":           {"naming", "hwprofiles", "pkgstore"},
	"pkgstore/server":    {"naming", "hwprofiles", "pkgstore", "appliance/store", "web/ui"},
	"pkgstore/cmd":       {"naming", "hwprofiles", "pkgstore", "appliance/store", "web/ui"},
	"appliance/layout":   {"naming"},
	"appliance/store":    {},
	"appliance/audit":    {"appliance/store"},
	"appliance/task":     {"appliance/store", "appliance/audit"},
	"appliance/revision": {"appliance/store", "appliance/audit"},
	"appliance/confirm":  {"appliance/store", "appliance/audit", "appliance/revision"},
	"appliance/health":   {"appliance/store", "appliance/audit"},
	"appliance/account":  {"appliance/store", "appliance/audit", "appliance/revision"},
	"appliance/basectl":  {},
	"appliance/base":     {"naming", "hwprofiles", "pkgstore", "appliance/layout", "appliance/base", "shared"},
	"appliance/site":     {"pkgstore", "appliance/site", "shared"},
	"appliance/client":   {"appliance/client", "shared"},
	"web/ui":             {"web/ui"},
	"web/ui/gallery":     {"web/ui", "web/gate"},
	"web":                {"naming", "web", "pkgstore", "appliance/base", "appliance/layout", "appliance/client", "hwprofiles", "shared"},
	"web/signin":         {"web/ui", "web/gate", "web/signin", "shared"},
	"web/login":          {"web/ui", "web/gate", "web/signin", "web/login", "pkgstore", "appliance/site", "shared"},
	"appliance/cmd":      {"web", "appliance", "hwprofiles", "pkgstore"},
	"bootimg":            {"bootimg", "hwprofiles", "pkgstore", "appliance/layout"},
	"integration":        {"appliance", "bootimg", "web", "pkgstore", "hwprofiles", "integration"},
}

// shared are the rooms that both halves of the appliance use.
var shared = []string{
	"appliance/store", "appliance/audit", "appliance/task", "appliance/revision",
	"appliance/confirm", "appliance/health", "appliance/account", "appliance/basectl",
}

func TestArrows(t *testing.T) {
	for _, p := range tree(t) {
		room := roomOf(p.Path)
		if room == "" {
			t.Errorf("%s lies in no room of the house", p.Path)
			continue
		}
		for imported := range p.Imports {
			ours, ok := strings.CutPrefix(imported, module+"/")
			if !ok || ours == p.Path || allowed(room, ours) {
				continue
			}
			t.Errorf("%s imports %s: %s may import %v", p.Path, ours, room, arrows[room])
		}
	}
}

// TestForbiddenImports keeps programs out of the rooms that face the network,
// and web servers out of the domain.
func TestForbiddenImports(t *testing.T) {
	for _, p := range tree(t) {
		if p.Imports["os/exec"] && !mayExec(p.Path) {
			t.Errorf("%s imports os/exec: only build and test rooms and appliance/base/boot start programs", p.Path)
		}
		domain := strings.HasPrefix(p.Path, "appliance/") && !within(p.Path, "appliance/cmd") && !within(p.Path, "appliance/client") && !forTests(p.Path)
		if domain && p.Imports["net/http"] {
			t.Errorf("%s imports net/http: the domain knows no web server", p.Path)
		}
		if p.Imports["encoding/gob"] || p.Imports["text/template"] && within(p.Path, "web") {
			t.Errorf("%s imports a package whose input must be trusted", p.Path)
		}
		for imported := range p.Imports {
			if ours, ok := strings.CutPrefix(imported, module+"/"); ok && forTests(ours) && !forTests(p.Path) && !within(p.Path, "integration") {
				t.Errorf("%s imports %s, which is for tests", p.Path, ours)
			}
		}
	}
}

// forTests reports whether a package helps the tests of others: nothing that is
// shipped imports it, so it may start programs and be a browser.
func forTests(path string) bool { return strings.HasSuffix(path, "test") }

func mayExec(path string) bool {
	return within(path, "bootimg") || within(path, "integration") || forTests(path) || path == "appliance/base/boot"
}

func roomOf(path string) string {
	var best string
	for room := range arrows {
		if within(path, room) && len(room) > len(best) {
			best = room
		}
	}
	return best
}

func allowed(room, target string) bool {
	for _, to := range arrows[room] {
		if to == "shared" && slices.ContainsFunc(shared, func(s string) bool { return within(target, s) }) {
			return true
		}
		if within(target, to) {
			return true
		}
	}
	return false
}

// within reports whether path is room or lies below it.
func within(path, room string) bool {
	return path == room || strings.HasPrefix(path, room+"/")
}
