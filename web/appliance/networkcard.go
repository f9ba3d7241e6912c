// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"
	"strings"

	"understudy/appliance/base/network"
	"understudy/web/ui"
)

// cardForm is how a card gets addresses by itself.
func cardForm(at place) ui.Form {
	card := at.config.Interfaces[at.card]
	return ui.Form{
		Hidden: []ui.Hidden{{Name: "revision", Value: itoa(at.rev)}},
		Fields: []ui.Field{
			{Name: "dhcp4", Label: "DHCP (IPv4)", Type: "checkbox", Checked: card.DHCP4, Help: "Take an address, and gateway and name servers where none are set, from a DHCP server."},
			{Name: "dhcp6", Label: "Automatic IPv6", Type: "checkbox", Checked: card.DHCP6, Help: "Take addresses and the default route as routers announce them."},
			reasonField(),
		},
		Submit: "Save Changes",
		Other:  &ui.Other{Label: "Preview Changes"},
		Cancel: &ui.Link{Label: "Cancel", Href: pathNetwork},
	}
}

// askCard answers the page of a card.
func (p *Pages) askCard(w http.ResponseWriter, r *http.Request) error {
	at, err := p.fresh(r)
	if err != nil {
		return err
	}
	return p.cardPage(w, r, at, addressView{Form: cardForm(at)})
}

func (p *Pages) cardPage(w http.ResponseWriter, r *http.Request, at place, view addressView) error {
	view.Form.Action = strings.TrimSuffix(r.URL.Path, "/preview")
	view.Form.Other.Action = view.Form.Action + "/preview"
	view.Heading = ui.Heading{ID: "card", Area: "Networking", Name: at.config.Interfaces[at.card].Name, Text: "How this interface gets addresses by itself."}
	page, err := p.frame(r, pathNetwork, "Networking :: "+view.Heading.Name)
	if err != nil {
		return err
	}
	page.Body = view
	return p.show(w, view.Form.Status(), "address", page)
}

// changeCard applies the form of a card.
func (p *Pages) changeCard(w http.ResponseWriter, r *http.Request) error {
	at, form, _, err := p.takeCard(r)
	if err != nil {
		return err
	}
	return p.applyNetwork(w, r, at.config, &form, nil, func() error { return p.cardPage(w, r, at, addressView{Form: form}) })
}

// previewCard says what the form would change, and changes nothing.
func (p *Pages) previewCard(w http.ResponseWriter, r *http.Request) error {
	at, form, old, err := p.takeCard(r)
	if err != nil {
		return err
	}
	return p.cardPage(w, r, at, addressView{Form: form, What: changesOf(old, at.config), Previewed: true})
}

func (p *Pages) takeCard(r *http.Request) (place, ui.Form, network.Config, error) {
	at, err := p.fresh(r)
	if err != nil {
		return at, ui.Form{}, network.Config{}, err
	}
	old := at.config
	at.config = separate(at.config, at.card)
	form := cardForm(at)
	form.Fill(r.PostForm)
	form.Hidden[0].Value = r.PostForm.Get("revision")
	card := &at.config.Interfaces[at.card]
	card.DHCP4, card.DHCP6 = r.PostForm.Get("dhcp4") != "", r.PostForm.Get("dhcp6") != ""
	return at, form, old, nil
}
