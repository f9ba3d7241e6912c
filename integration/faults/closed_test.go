// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"net/http"
	"testing"

	"understudy/integration/box"
	"understudy/web/gate"
)

// beforeTheChange signs in with the password that everybody knows, and tries
// every route: nothing but changing it and signing out works, whatever the
// path's spelling. It leaves the password as it was.
func beforeTheChange(t *testing.T, b *box.Box) {
	p := b.Person(t)
	p.Open("/appliance")
	box.SignIn(p, box.Admin, box.FirstPassword)
	p.Arrive("/appliance/change-password")
	cookie := ""
	for _, c := range p.Client().Jar.Cookies(p.Page.URL) {
		if c.Name == gate.Cookie {
			cookie = "Cookie: " + c.Name + "=" + c.Value + "\r\n"
		}
	}
	if cookie == "" {
		t.Fatal("there is no session")
	}
	var list []request
	for _, r := range box.Routes(t) {
		if r.AllowMustChange || r.Policy == gate.Public {
			continue
		}
		path := pathOf(r)
		list = append(list, request{r.Method, path, form + cookie, bodyFor(r.Method)})
		for _, change := range []string{"doubled slash in front", "up and down", "escaped dots", "parameter up", "zero byte"} {
			list = append(list, request{r.Method, mutations[change](path), form + cookie, bodyFor(r.Method)})
		}
	}
	sendAll(t, b, list, func(r request, a reply) string {
		if a.Status == http.StatusSeeOther && a.Header.Get("Location") == "/appliance/change-password" {
			return ""
		}
		if a.Status >= 400 && a.Status < 500 && leaks.FindString(a.Body) == "" {
			return ""
		}
		return "it works before the first change of password"
	})
	p.Open("/appliance/change-password")
	p.Press("Sign Out")
}
