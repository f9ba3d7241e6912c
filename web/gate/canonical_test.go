// SPDX-License-Identifier: Apache-2.0

package gate_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"understudy/web/gate"
)

// mutations are ways to write a path so that some parser takes it for another
// one. Each is applied to every route.
var mutations = []func(path string) string{
	func(p string) string { return p + "/" },
	func(p string) string { return p + "//" },
	func(p string) string { return "/" + p },
	func(p string) string { return p + "/." },
	func(p string) string { return p + "/.." },
	func(p string) string { return p + "/../" + last(p) },
	func(p string) string { return p + "/%2e%2e/" + last(p) },
	func(p string) string { return p + "/%2E%2E/" + last(p) },
	func(p string) string { return p + "/..%2f" + last(p) },
	func(p string) string { return p + "/..%5c" + last(p) },
	func(p string) string { return p + "/..\\" + last(p) },
	func(p string) string { return "/x/.." + p },
	func(p string) string { return "/appliance/sign-in/.." + strings.TrimPrefix(p, "/appliance") },
	func(p string) string { return "/appliance/sign-in;" + p },
	func(p string) string { return "/appliance/sign-in%2f.." + strings.TrimPrefix(p, "/appliance") },
	func(p string) string { return "/appliance/assets/..%2f.." + p },
	func(p string) string { return "/appliance/assets/../.." + p },
	func(p string) string { return p + ";" },
	func(p string) string { return p + ";jsessionid=1" },
	func(p string) string { return p + ";/sign-in" },
	func(p string) string { return p + "%00" },
	func(p string) string { return p + "%00.css" },
	func(p string) string { return p + "%0a" },
	func(p string) string { return p + "%20" },
	func(p string) string { return p + "%09" },
	func(p string) string { return p + "%3f" },
	func(p string) string { return p + "%23" },
	func(p string) string { return p + ".css" },
	func(p string) string { return p + "/x.css" },
	func(p string) string { return p + "%252e" },
	func(p string) string { return strings.Replace(p, "a", "%61", 1) },
	func(p string) string { return strings.Replace(p, "/a", "/%61", 1) },
	func(p string) string { return strings.Replace(p, "/", "%2f", 2) },
	func(p string) string { return strings.ToUpper(p) },
	func(p string) string { return strings.Replace(p, "i", "İ", 1) },
	func(p string) string { return strings.Replace(p, "s", "ſ", 1) },
	func(p string) string { return strings.Replace(p, "/appliance", "/appliance/", 1) + "/" },
	func(p string) string { return strings.Replace(p, "/appliance", "/appliance//", 1) },
	func(p string) string { return strings.Replace(p, "/appliance", "/appliance/.", 1) },
	func(p string) string { return "/login/.." + p },
	func(p string) string { return "\\" + p },
	func(p string) string { return p + "\x7f" },
	func(p string) string { return p + "?next=/appliance/status/basics" },
	func(p string) string { return p + "?../sign-in" },
	func(p string) string { return p + "#/appliance/sign-in" },
}

func last(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func request(target string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.RequestURI = target
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil
	}
	r.URL = u
	return r
}

func TestCanonical(t *testing.T) {
	for _, good := range []string{"/", "/appliance", "/appliance/users/17", "/appliance/tasks/a1B2-c.d_e~f", "/appliance?a=b&c=%2F..%2F", "/.well-known/security.txt", "/appliance?"} {
		if err := gate.Canonical(request(good)); err != nil {
			t.Errorf("%s is refused: %v", good, err)
		}
	}
	for _, bad := range []string{
		"//", "/a//b", "/a/./b", "/a/../b", "/..", "/.", "/a/..", "/%61", "/a%2fb", "/a%00", "/a;b", "/a\\b", "/a b", "/ä", "/a%",
		"https://elsewhere/appliance", "*", "/appliance?a=%zz", "/appliance?a=%00", "/appliance?a=%ff", "/appliance?a;b", "/" + strings.Repeat("a", 600),
		"/appliance?" + strings.Repeat("a=1&", 600),
	} {
		r := request(bad)
		if r != nil && gate.Canonical(r) == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

// FuzzCanonical holds that what is accepted is read by nobody in another way.
func FuzzCanonical(f *testing.F) {
	for _, m := range mutations {
		f.Add(m("/appliance/status/basics"))
	}
	f.Fuzz(func(t *testing.T, target string) {
		r := request(target)
		if r == nil || gate.Canonical(r) != nil {
			return
		}
		path, _, _ := strings.Cut(target, "?")
		if path != r.URL.Path || strings.ContainsAny(path, "%;\\\x00 ") || strings.Contains(path, "//") || strings.Contains(path+"/", "/../") || strings.Contains(path+"/", "/./") {
			t.Errorf("%q is accepted and read as %q", target, r.URL.Path)
		}
	})
}

func TestLocalPathLeadsNowhereElse(t *testing.T) {
	for path, want := range map[string]string{
		"/appliance/users": "/appliance/users", "/appliance": "/appliance", "": "/appliance", "/": "/appliance", "//evil.example.com": "/appliance",
		"https://evil.example.com": "/appliance", "/appliance/../login": "/appliance", "/applianceX": "/appliance", "/appliance\\@evil": "/appliance",
		"/appliance/%2f": "/appliance", "/appliance//evil": "/appliance", "/appliance?x": "/appliance",
	} {
		if got := gate.LocalPath(path, "/appliance"); got != want {
			t.Errorf("%q leads to %q", path, got)
		}
	}
}
