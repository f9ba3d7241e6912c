// SPDX-License-Identifier: Apache-2.0

package login

import (
	"net/http"

	"understudy/web/gate"
)

// themeCookie holds the reader's choice of colours.
const themeCookie = gate.SiteCookie + "-theme"

// theme returns the chosen colours: "light", "dark", or empty for the
// system's.
func theme(r *http.Request) string {
	c, err := r.Cookie(themeCookie)
	if err != nil || c.Value != "light" && c.Value != "dark" {
		return ""
	}
	return c.Value
}

// setTheme remembers the choice in the browser and nowhere else.
func (p *Pages) setTheme(w http.ResponseWriter, r *http.Request) error {
	c := &http.Cookie{Name: themeCookie, Value: r.PostForm.Get("theme"), Path: "/", MaxAge: 365 * 24 * 3600,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if c.Value != "light" && c.Value != "dark" {
		c.Value, c.MaxAge = "", -1
	}
	http.SetCookie(w, c)
	return done(w, r, gate.LocalPath(r.PostForm.Get("from"), pathRoot), "")
}
