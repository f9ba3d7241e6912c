// SPDX-License-Identifier: Apache-2.0

package frontdoor

import (
	"fmt"
	"net/http"
	"time"

	"understudy/web/ui"
)

// noSite answers what would be the site's while there is none.
func (d *Door) noSite(w http.ResponseWriter, r *http.Request) {
	if !d.reads(w, r) {
		return
	}
	lead := []ui.Button{{Label: "Go to /appliance", Href: "/appliance", Kind: "primary"}}
	if r.URL.Path == "/" || r.URL.Path == "/login" {
		d.small(w, http.StatusOK, ui.Small{
			Title:   "No site is installed yet",
			Text:    "This appliance runs, but has no site software. What would be here comes with a site package.",
			Actions: lead,
		})
		return
	}
	d.small(w, http.StatusNotFound, ui.Small{Title: "There is no such page", Text: "The address may be mistyped, or belongs to a site that is not installed.", Actions: lead})
}

// healthz says whether the box is well, and no more: the reasons are for
// people who sign in.
func (d *Door) healthz(w http.ResponseWriter, r *http.Request) {
	if !d.reads(w, r) {
		return
	}
	if r.URL.Query().Has("verbose") {
		http.Redirect(w, r, "/appliance/status/health", http.StatusSeeOther)
		return
	}
	status, word := http.StatusOK, "ok"
	if !d.config.Healthy() {
		status, word = http.StatusServiceUnavailable, "not ok"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, word)
}

// security answers security.txt (RFC 9116), which is nothing without a contact.
// It is made anew with every start and never stale, so it expires in a year
// from now.
func (d *Door) security(w http.ResponseWriter, r *http.Request) {
	if d.config.Contact == "" {
		d.noSite(w, r)
		return
	}
	if !d.reads(w, r) {
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "Contact: %s\n", d.config.Contact)
	fmt.Fprintf(w, "Expires: %s\n", d.config.Now().UTC().AddDate(1, 0, 0).Truncate(24*time.Hour).Format(time.RFC3339))
	fmt.Fprintln(w, "Preferred-Languages: en")
}
