// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"fmt"
	"net/http"
	"slices"

	"understudy/appliance/base/network"
	"understudy/web/ui"
)

type networkView struct {
	Cards   []cardView
	Global  ui.Heading
	Facts   []ui.Fact // for who may only look
	Form    *ui.Form
	What    []string // what the form would change, after a preview
	Clock   ui.Heading
	Times   []ui.Fact
	Servers []serverRow
	Ask     *ui.Button // lets the clock follow the time servers by a large step
	Asked   string
	Waiting bool // a change waits to be kept: what is shown may be taken back
}

// cardView is one network card, with its addresses.
type cardView struct {
	Heading ui.Heading
	Link    ui.Pill
	Facts   []ui.Fact
	Rows    []addressRow
	Edit    string // page of the card; empty for who may only look
	Add     string // page that adds an address
}

type addressRow struct {
	CIDR   string
	Href   string
	State  ui.Pill
	Source string
}

// showNetwork answers Networking > IP Configuration.
func (p *Pages) showNetwork(w http.ResponseWriter, r *http.Request) error {
	return p.networkPage(w, r, nil, nil)
}

// networkPage renders it; form is that of the global settings if it came back,
// what is what it would change.
func (p *Pages) networkPage(w http.ResponseWriter, r *http.Request, form *ui.Form, what []string) error {
	ctx := r.Context()
	page, err := p.frame(r, pathNetwork, "Networking :: IP Configuration")
	if err != nil {
		return err
	}
	waiting := slices.ContainsFunc(page.Banners, func(b ui.Banner) bool { return b.Until != nil })
	if r.URL.Query().Get("done") == networkChanged && !waiting {
		if page.Done, err = p.settled(ctx); err != nil {
			return err
		}
	}
	config, rev, err := p.Network.Config(ctx)
	if err != nil {
		return err
	}
	links, err := p.Network.Links(ctx)
	if err != nil {
		return err
	}
	view := networkView{
		Global: ui.Heading{ID: "global", Area: "Networking", Name: "Global Settings", Text: "What holds for all interfaces."},
		What:   what, Waiting: waiting,
		Clock: ui.Heading{ID: "time-servers", Area: "Networking", Name: "Time Synchronisation", Text: "How far the clock is from what the time servers say."},
	}
	for _, c := range cardsOf(config, links) {
		view.Cards = append(view.Cards, c.view(!page.User.ReadOnly))
	}
	status := p.Clock.Status()
	view.Times, view.Servers = p.clockFacts(status), serverRows(status)
	if page.User.ReadOnly {
		view.Facts = globalFacts(config)
	} else {
		fresh := globalForm(config, rev)
		if view.Form = form; form == nil {
			view.Form = &fresh
		}
		view.Asked, view.Ask = clockStep(status)
	}
	page.Body = view
	code := http.StatusOK
	if form != nil {
		code = form.Status()
	}
	return p.show(w, code, "network", page)
}

// card is a card as it is configured and as it is now; either may be missing.
type card struct {
	set  *network.Interface
	link *network.Link
}

// cardsOf matches cards by MAC address, or by name where that is not known.
func cardsOf(config network.Config, links []network.Link) []card {
	var cards []card
	used := make(map[int]bool)
	for i := range links {
		c := card{link: &links[i]}
		for j := range config.Interfaces {
			set := &config.Interfaces[j]
			if !used[j] && (set.MAC != "" && set.MAC == links[i].MAC || set.MAC == "" && set.Name == links[i].Name) {
				c.set, used[j] = set, true
				break
			}
		}
		cards = append(cards, c)
	}
	for j := range config.Interfaces {
		if !used[j] {
			cards = append(cards, card{set: &config.Interfaces[j]})
		}
	}
	return cards
}

func (c card) name() string {
	if c.link != nil {
		return c.link.Name
	}
	return c.set.Name
}

func (c card) view(mayChange bool) cardView {
	v := cardView{
		Heading: ui.Heading{ID: "card-" + c.name(), Area: "Networking", Name: c.name()},
		Link:    ui.Pill{Tone: ui.Bad, Word: "Not present", Note: "It is configured, but the machine does not have it."},
		Rows:    c.rows(mayChange),
	}
	if c.link != nil {
		v.Link, v.Facts = linkPill(*c.link), linkFacts(*c.link)
	}
	if c.set != nil {
		v.Facts = append(v.Facts, ui.Fact{Name: "DHCP (IPv4)", Text: onOff(c.set.DHCP4)}, ui.Fact{Name: "Automatic IPv6", Text: onOff(c.set.DHCP6)})
	}
	if mayChange && c.set != nil {
		v.Edit = cardPath(c.name())
		v.Add = cardPath(c.name()) + "/new-address"
	}
	return v
}

// rows lists the configured addresses, and those that the card has from
// elsewhere.
func (c card) rows(mayChange bool) []addressRow {
	now := make(map[string]network.Current)
	if c.link != nil {
		for _, a := range c.link.Current {
			now[a.CIDR] = a
		}
	}
	var rows []addressRow
	if c.set != nil {
		for _, a := range c.set.Addresses {
			row := addressRow{CIDR: a.CIDR, State: addressState(a.Enabled, now[a.CIDR]), Source: "Static"}
			if a.Factory {
				row.Source = "Factory"
			}
			if mayChange {
				row.Href = addressPath(a.ID)
			}
			delete(now, a.CIDR)
			rows = append(rows, row)
		}
	}
	if c.link != nil {
		for _, a := range c.link.Current {
			if left, other := now[a.CIDR]; other {
				rows = append(rows, addressRow{CIDR: a.CIDR, State: addressState(false, left), Source: sourceName(a.Source)})
			}
		}
	}
	return rows
}

// addressState is what an address is set to, and what it is now.
func addressState(enabled bool, now network.Current) ui.Pill {
	inUse := now.CIDR != ""
	switch {
	case now.Duplicate:
		return ui.Pill{Tone: ui.Bad, Word: "Used elsewhere", Note: "Another machine has this address, so it is not used here."}
	case enabled && inUse:
		return ui.Pill{Tone: ui.Good, Word: "Enabled"}
	case enabled:
		return ui.Pill{Tone: ui.Warn, Word: "Enabled, not in use", Note: "The interface does not have this address now."}
	case inUse:
		return ui.Pill{Tone: ui.Good, Word: "In use"}
	}
	return ui.Pill{Tone: ui.Quiet, Word: "Disabled"}
}

func sourceName(s network.Source) string {
	switch s {
	case network.FromConfig:
		return "Static"
	case network.FromDHCP:
		return "DHCP"
	case network.FromRouter:
		return "Router"
	case network.FromLink:
		return "Link-local"
	case network.FromFactory:
		return "Factory"
	}
	return "Other"
}

func linkPill(l network.Link) ui.Pill {
	if l.Up {
		return ui.Pill{Tone: ui.Good, Word: "Link detected"}
	}
	return ui.Pill{Tone: ui.Warn, Word: "No link", Note: "No cable, or nothing at its other end."}
}

func linkFacts(l network.Link) []ui.Fact {
	speed := "unknown"
	if l.SpeedMbps > 0 {
		speed = fmt.Sprintf("%d Mbit/s %s", l.SpeedMbps, l.Duplex)
	}
	return []ui.Fact{
		{Name: "Interface Name", Text: l.Name}, {Name: "MAC Address", Text: l.MAC, Mono: true},
		{Name: "Speed", Text: speed}, {Name: "Driver", Text: l.Driver},
	}
}

func onOff(on bool) string {
	if on {
		return "On"
	}
	return "Off"
}

func cardPath(name string) string  { return "/appliance/networking/interfaces/" + name }
func addressPath(id string) string { return "/appliance/networking/addresses/" + id }
