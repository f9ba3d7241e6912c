// SPDX-License-Identifier: Apache-2.0

package frontdoor

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"understudy/web/gate"
	"understudy/web/ui"
)

// Appliance is the half of the box that package gate guards.
type Appliance interface {
	http.Handler
	Serves(path string) bool
}

// Config is what the door needs. Appliance and Certificate are required; a
// number that is zero takes its default.
type Config struct {
	Appliance   Appliance
	Certificate CertificateFunc
	Site        *Site // nil for a box that hosts none

	Healthy    func() bool // what /healthz says; nil for always
	PublicPort func() int  // the port that clients reach 443 at; nil for 443
	Contact    string      // a URI for security.txt; without one there is none
	Now        func() time.Time
	Errors     func(message string) // told of broken connections; nil for nobody

	Connections int           // open at once, default 512
	PerAddress  int           // of these from one address, default 128
	SiteAtOnce  int           // requests under way to the site, default 128
	HeaderBytes int           // of a request's header, default 16 KiB
	Timeout     time.Duration // for a client to send a request, and to read its answer, default a minute
}

// Door is the handler behind port 443, and the servers of both ports.
type Door struct {
	config Config
	ui     *ui.Renderer
	site   http.Handler
	places chan struct{} // of requests under way to the site
}

// New makes a door, or says what is missing.
func New(c Config) (*Door, error) {
	if c.Appliance == nil || c.Certificate == nil {
		return nil, errors.New("front door: the appliance's handler and a certificate are required")
	}
	c.Connections = cmp.Or(c.Connections, 512)
	c.PerAddress = cmp.Or(c.PerAddress, 128)
	c.SiteAtOnce = cmp.Or(c.SiteAtOnce, 128)
	c.HeaderBytes = cmp.Or(c.HeaderBytes, 16<<10)
	c.Timeout = cmp.Or(c.Timeout, time.Minute)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Healthy == nil {
		c.Healthy = func() bool { return true }
	}
	if c.PublicPort == nil {
		c.PublicPort = func() int { return 443 }
	}
	renderer, err := ui.New()
	if err != nil {
		return nil, err
	}
	d := &Door{config: c, ui: renderer, places: make(chan struct{}, c.SiteAtOnce)}
	d.site = d.siteProxy()
	return d, nil
}

// ServeHTTP decides whose a request is.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.config.Appliance.Serves(r.URL.Path) {
		d.config.Appliance.ServeHTTP(w, forAppliance(r))
		return
	}
	gate.Headers(w.Header(), gate.PageCSP)
	if gate.Canonical(r) != nil {
		d.small(w, http.StatusBadRequest, ui.Small{Title: "That address cannot be read", Text: "Check the address and type it again."})
		return
	}
	switch r.URL.Path {
	case "/healthz":
		d.healthz(w, r)
	case "/.well-known/security.txt":
		d.security(w, r)
	default:
		d.serveSite(w, r)
	}
}

// reads refuses methods that change something.
func (d *Door) reads(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	d.small(w, http.StatusMethodNotAllowed, ui.Small{Title: "That cannot be done here", Text: "This address can only be opened."})
	return false
}

func (d *Door) small(w http.ResponseWriter, status int, s ui.Small) {
	if err := d.ui.Small(w, status, ui.Page{}, s); err != nil {
		http.Error(w, s.Title, status)
	}
}
