// SPDX-License-Identifier: Apache-2.0

package gate

import "net/http"

// PageCSP is the content security policy of every page: only what this box
// serves itself, and nothing inline.
const PageCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// apiCSP is for answers that are data: a browser that is made to render one
// loads nothing.
const apiCSP = "default-src 'none'; frame-ancestors 'none'"

// Headers sets the security headers that every answer carries. Handlers may
// set a longer Cache-Control; the default keeps pages out of every cache.
func Headers(h http.Header, csp string) {
	h.Set("Content-Security-Policy", csp)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
}

// headers adds to those what depends on the box: HSTS waits for a certificate
// that browsers trust, since on a self-signed one it locks people out.
func (g *Gate) headers(w http.ResponseWriter, r *http.Request) {
	csp := PageCSP
	if g.isAPI(r) {
		csp = apiCSP
	}
	Headers(w.Header(), csp)
	if g.config.Trusted != nil && g.config.Trusted() {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
	}
}
