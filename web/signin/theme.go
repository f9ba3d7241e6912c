// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"net/http"

	"understudy/web/gate"
	"understudy/web/ui"
)

// Theme returns the chosen colours: "light", "dark", or empty for the system's.
func (h *Half) Theme(r *http.Request) string {
	c, err := r.Cookie(h.ThemeCookie)
	if err != nil || c.Value != "light" && c.Value != "dark" {
		return ""
	}
	return c.Value
}

// takeTheme remembers the choice in the browser and nowhere else.
func (h *Half) takeTheme(w http.ResponseWriter, r *http.Request) error {
	c := &http.Cookie{Name: h.ThemeCookie, Value: r.PostForm.Get("theme"), Path: "/", MaxAge: 365 * 24 * 3600,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if c.Value != "light" && c.Value != "dark" {
		c.Value, c.MaxAge = "", -1
	}
	http.SetCookie(w, c)
	return ui.Done(w, r, gate.LocalPath(r.PostForm.Get("from"), h.Root), "")
}
