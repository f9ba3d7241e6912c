// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"
	"slices"
	"strings"

	"understudy/appliance/base/network"
	"understudy/web/ui"
)

// finder finds the place that a request is about.
type finder func(r *http.Request) (place, error)

// askAddress answers the page of an address, or the one that adds one.
func (p *Pages) askAddress(find finder) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		at, err := find(r)
		if err != nil {
			return err
		}
		return p.addressPage(w, r, at, addressView{Form: at.form(r)})
	}
}

func (p *Pages) addressPage(w http.ResponseWriter, r *http.Request, at place, view addressView) error {
	card := at.config.Interfaces[at.card]
	view.Heading = ui.Heading{ID: "ip", Area: "Networking", Name: "Add New IP", Text: "A further address of " + card.Name + "."}
	if strings.HasPrefix(r.URL.Path, addressPath("")) && at.address >= 0 {
		a := card.Addresses[at.address]
		view.Heading.Name, view.Heading.Text = a.CIDR, "An address of "+card.Name+"."
		if !a.Factory {
			view.Delete = &ui.Button{Label: "Delete Address", Post: addressPath(a.ID) + "/delete", Kind: "danger", Fields: view.Form.Hidden}
		} else {
			view.Heading.Text = "The factory address of " + card.Name + ": where a laptop on a direct cable finds the appliance. It can be disabled, not deleted."
		}
	}
	page, err := p.frame(r, pathNetwork, "Networking :: "+view.Heading.Name)
	if err != nil {
		return err
	}
	page.Body = view
	return p.show(w, view.Form.Status(), "address", page)
}

// changeAddress applies the form of an address.
func (p *Pages) changeAddress(find finder) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		at, form, err := p.takeAddress(r, find)
		if err != nil {
			return err
		}
		if form.Wrong() {
			return p.addressPage(w, r, at, addressView{Form: form})
		}
		return p.applyNetwork(w, r, at.config, &form, at.fields(), func() error {
			return p.addressPage(w, r, at, addressView{Form: form})
		})
	}
}

// previewAddress says what the form would change, and changes nothing.
func (p *Pages) previewAddress(find finder) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		old, _, err := p.Network.Config(r.Context())
		if err != nil {
			return err
		}
		at, form, err := p.takeAddress(r, find)
		if err != nil {
			return err
		}
		return p.addressPage(w, r, at, addressView{Form: form, What: changesOf(old, at.config), Previewed: !form.Wrong()})
	}
}

// takeAddress finds the place, and reads the form into it.
func (p *Pages) takeAddress(r *http.Request, find finder) (place, ui.Form, error) {
	at, err := find(r)
	if err != nil {
		return at, ui.Form{}, err
	}
	form := at.form(r)
	form.Action = strings.TrimSuffix(form.Action, "/preview")
	form.Other.Action = form.Action + "/preview"
	form.Fill(r.PostForm)
	form.Hidden[0].Value = r.PostForm.Get("revision")
	if strings.TrimSpace(r.PostForm.Get("address")) == "" {
		// Without its address the configuration would drop the whole entry.
		form.Fail(map[string]string{"address": "Enter an address with its mask."})
		return at, form, nil
	}
	at.take(r)
	return at, form, nil
}

// deleteAddress removes an address.
func (p *Pages) deleteAddress(w http.ResponseWriter, r *http.Request) error {
	at, err := p.existing(r)
	if err != nil {
		return err
	}
	form := at.form(r)
	form.Action = addressPath(at.config.Interfaces[at.card].Addresses[at.address].ID)
	form.Other.Action = form.Action + "/preview"
	without := separate(at.config, at.card)
	addresses := &without.Interfaces[at.card].Addresses
	*addresses = slices.DeleteFunc(*addresses, func(a network.Address) bool {
		return a.ID == at.config.Interfaces[at.card].Addresses[at.address].ID
	})
	return p.applyNetwork(w, r, without, &form, nil, func() error {
		return p.addressPage(w, r, at, addressView{Form: form})
	})
}
