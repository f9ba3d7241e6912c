// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"
	"strconv"
	"strings"

	"understudy/appliance/base/network"
	"understudy/web/ui"
)

// globalForm holds what is not of one card.
func globalForm(c network.Config, rev int64) ui.Form {
	port := ""
	if c.PublicPort != 0 {
		port = strconv.Itoa(c.PublicPort)
	}
	return ui.Form{
		Action: pathNetwork + "/global",
		Hidden: []ui.Hidden{{Name: "revision", Value: itoa(rev)}},
		Fields: []ui.Field{
			{Name: "hostname", Label: "Host Name", Value: c.Hostname, Max: 253, Required: true, Help: "With its domain, as people type it."},
			{Name: "gateway4", Label: "Default Gateway (IPv4)", Value: c.Gateway4, Max: 64, Width: "middle", Mono: true, Help: "Empty takes what DHCP offers."},
			{Name: "gateway6", Label: "Default Gateway (IPv6)", Value: c.Gateway6, Max: 64, Width: "middle", Mono: true, Help: "Empty takes what routers announce."},
			{Name: "dns", Label: "DNS Servers", Type: "textarea", Rows: 3, Value: strings.Join(c.DNS, "\n"), Width: "middle", Help: "One a line, as address or address:port. Empty takes what DHCP offers."},
			{Name: "ntp", Label: "NTP Servers", Type: "textarea", Rows: 3, Value: strings.Join(c.NTP, "\n"), Width: "middle", Help: "One a line, as host or host:port."},
			{Name: "public-port", Label: "Public HTTPS Port", Value: port, Max: 5, Mode: "numeric", Width: "short", Help: "Where clients reach port 443, if something in between forwards another one. Port 80 redirects there."},
			reasonField(),
		},
		Submit: "Save Changes",
		Other:  &ui.Other{Label: "Preview Changes", Action: pathNetwork + "/global/preview"},
	}
}

func reasonField() ui.Field {
	return ui.Field{Name: "reason", Label: "Reason", Max: 200, Help: "Kept in the configuration history."}
}

func globalFacts(c network.Config) []ui.Fact {
	return []ui.Fact{
		{Name: "Host Name", Text: c.Hostname},
		{Name: "Default Gateway (IPv4)", Text: orNone(c.Gateway4), Mono: true},
		{Name: "Default Gateway (IPv6)", Text: orNone(c.Gateway6), Mono: true},
		{Name: "DNS Servers", Text: orNone(strings.Join(c.DNS, ", ")), Mono: true},
		{Name: "NTP Servers", Text: orNone(strings.Join(c.NTP, ", ")), Mono: true},
	}
}

func orNone(s string) string {
	if s == "" {
		return "not set"
	}
	return s
}

// globalFields are the fields that the network's errors name, as the form
// calls them.
var globalFields = map[string]string{"gateway4": "gateway4", "gateway6": "gateway6", "hostname": "hostname", "publicPort": "public-port", "dns": "dns", "ntp": "ntp"}

// takeGlobal reads the form into a copy of the configuration.
func takeGlobal(r *http.Request, c network.Config, form *ui.Form) network.Config {
	form.Fill(r.PostForm)
	c.Hostname = r.PostForm.Get("hostname")
	c.Gateway4, c.Gateway6 = r.PostForm.Get("gateway4"), r.PostForm.Get("gateway6")
	c.DNS, c.NTP = lines(r.PostForm.Get("dns")), lines(r.PostForm.Get("ntp"))
	c.PublicPort = 0
	if port := strings.TrimSpace(r.PostForm.Get("public-port")); port != "" {
		n, err := strconv.Atoi(port)
		if err != nil {
			n = -1 // which is no port either, and is refused together with what else is wrong
		}
		c.PublicPort = n
	}
	return c
}

func lines(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == ' ' || r == '\t' })
}

// changeGlobal applies the global settings.
func (p *Pages) changeGlobal(w http.ResponseWriter, r *http.Request) error {
	return p.withGlobal(w, r, func(old, fresh network.Config, form *ui.Form) error {
		return p.applyNetwork(w, r, fresh, form, globalFields, func() error { return p.networkPage(w, r, form, nil) })
	})
}

// previewGlobal says what the form would change, and changes nothing.
func (p *Pages) previewGlobal(w http.ResponseWriter, r *http.Request) error {
	return p.withGlobal(w, r, func(old, fresh network.Config, form *ui.Form) error {
		return p.networkPage(w, r, form, changesOf(old, fresh))
	})
}

func (p *Pages) withGlobal(w http.ResponseWriter, r *http.Request, act func(old, fresh network.Config, form *ui.Form) error) error {
	old, rev, err := p.Network.Config(r.Context())
	if err != nil {
		return err
	}
	form := globalForm(old, rev)
	form.Hidden[0].Value = r.PostForm.Get("revision")
	fresh := takeGlobal(r, old, &form)
	return act(old, fresh, &form)
}
