// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"understudy/appliance/base/network"
	"understudy/web/gate"
	"understudy/web/ui"
)

// errNoAddress means that a path names a card or an address that the
// configuration does not have.
var errNoAddress = errors.New("there is no such address")

// addressView is the page of one address, with what its form would change.
type addressView struct {
	Heading   ui.Heading
	Form      ui.Form
	What      []string
	Previewed bool
	Delete    *ui.Button
}

// place is where an address stands in the configuration.
type place struct {
	config  network.Config // a copy that may be changed
	rev     int64
	card    int
	address int // -1 for one that is to be added
}

func (p *Pages) placeOf(r *http.Request, match func(network.Interface, network.Address) bool) (place, error) {
	config, rev, err := p.Network.Config(r.Context())
	if err != nil {
		return place{}, err
	}
	for i, card := range config.Interfaces {
		for j, a := range card.Addresses {
			if match(card, a) {
				return place{config: separate(config, i), rev: rev, card: i, address: j}, nil
			}
		}
	}
	return place{}, errNoAddress
}

// separate copies the addresses of a card, so that changing one leaves the
// configuration that is compared with as it is.
func separate(c network.Config, card int) network.Config {
	c.Interfaces = slices.Clone(c.Interfaces)
	c.Interfaces[card].Addresses = slices.Clone(c.Interfaces[card].Addresses)
	return c
}

// existing finds the address that the path names.
func (p *Pages) existing(r *http.Request) (place, error) {
	return p.placeOf(r, func(_ network.Interface, a network.Address) bool { return a.ID == gate.Param(r, "id") })
}

// fresh makes room for an address on the card that the path names.
func (p *Pages) fresh(r *http.Request) (place, error) {
	config, rev, err := p.Network.Config(r.Context())
	if err != nil {
		return place{}, err
	}
	i, err := p.cardIndex(r, config)
	if err != nil {
		return place{}, err
	}
	return place{config: separate(config, i), rev: rev, card: i, address: -1}, nil
}

// cardIndex finds the configured card that the path names.
func (p *Pages) cardIndex(r *http.Request, config network.Config) (int, error) {
	links, err := p.Network.Links(r.Context())
	if err != nil {
		return 0, err
	}
	for _, c := range cardsOf(config, links) {
		if c.set != nil && c.name() == gate.Param(r, "name") {
			for i := range config.Interfaces {
				if &config.Interfaces[i] == c.set {
					return i, nil
				}
			}
		}
	}
	return 0, errNoAddress
}

// form shows the address for editing.
func (at place) form(r *http.Request) ui.Form {
	a := network.Address{Enabled: true}
	if at.address >= 0 {
		a = at.config.Interfaces[at.card].Addresses[at.address]
	}
	return ui.Form{
		Action: r.URL.Path,
		Hidden: []ui.Hidden{{Name: "revision", Value: itoa(at.rev)}},
		Fields: []ui.Field{
			{Name: "address", Label: "IP Address", Value: a.CIDR, Max: 64, Required: true, Width: "middle", Mono: true, Focus: at.address < 0,
				Help: "With its mask: 192.0.2.10/24, 192.0.2.10/255.255.255.0 or 2001:db8::10/64."},
			{Name: "enabled", Label: "Enabled", Type: "checkbox", Checked: a.Enabled, Help: "A disabled address is kept, and not used."},
			reasonField(),
		},
		Submit: "Save Changes",
		Other:  &ui.Other{Label: "Preview Changes", Action: r.URL.Path + "/preview"},
		Cancel: &ui.Link{Label: "Cancel", Href: pathNetwork},
	}
}

// take reads the form into the configuration.
func (at *place) take(r *http.Request) {
	addresses := &at.config.Interfaces[at.card].Addresses
	if at.address < 0 {
		*addresses = append(*addresses, network.Address{})
		at.address = len(*addresses) - 1
	}
	a := &(*addresses)[at.address]
	a.CIDR, a.Enabled = r.PostForm.Get("address"), r.PostForm.Get("enabled") != ""
}

// fields are the names that errors about this address have.
func (at place) fields() map[string]string {
	path := fmt.Sprintf("interfaces[%d].addresses[%d]", at.card, at.address)
	return map[string]string{path: "address", path + ".cidr": "address", path + ".enabled": "enabled"}
}
