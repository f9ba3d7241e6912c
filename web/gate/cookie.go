// SPDX-License-Identifier: Apache-2.0

package gate

import "net/http"

// Cookie is the name of the session cookie of /appliance. The prefix makes
// browsers insist on Secure, on the path / and on this very host.
const Cookie = "__Host-understudy-appliance"

// SiteCookie is the name of that of /login.
const SiteCookie = "__Host-understudy-site"

// SetCookie hands the session's secret to the browser. It ends with the
// browser; how long the session itself lasts is decided on this side.
func SetCookie(w http.ResponseWriter, secret string) { writeCookie(w, Cookie, secret, 0) }

// ClearCookie takes it away.
func ClearCookie(w http.ResponseWriter) { writeCookie(w, Cookie, "", -1) }

// SetSiteCookie does the same for a session of /login.
func SetSiteCookie(w http.ResponseWriter, secret string) { writeCookie(w, SiteCookie, secret, 0) }

// ClearSiteCookie takes the session of /login away.
func ClearSiteCookie(w http.ResponseWriter) { writeCookie(w, SiteCookie, "", -1) }

func writeCookie(w http.ResponseWriter, name, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// readCookie returns the session's secret, or nothing when there is none or
// more than one: two cookies of one name are someone else's doing.
func readCookie(r *http.Request, name string) string {
	found := r.CookiesNamed(name)
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}
