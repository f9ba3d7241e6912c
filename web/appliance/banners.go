// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"context"

	"understudy/appliance/confirm"
	"understudy/web/gate"
	"understudy/web/ui"
)

// banners are what stands above every page: lost state first, then changes
// that wait to be confirmed.
func (p *Pages) banners(ctx context.Context) ([]ui.Banner, error) {
	var list []ui.Banner
	principal, _ := gate.From(ctx)
	if lost := p.Boot.State.Lost; lost != "" {
		list = append(list, p.lostState(principal.Administrator()))
	}
	pending, err := p.Guard.Pending(ctx)
	if err != nil {
		return nil, err
	}
	for _, change := range pending {
		list = append(list, p.pendingChange(change, principal.Administrator()))
	}
	return list, nil
}

// lostState says that the box runs without its state, and offers the way out.
func (p *Pages) lostState(mayAct bool) ui.Banner {
	state := p.Boot.State
	b := ui.Banner{
		Tone:  ui.Bad,
		Title: "The stored state of this appliance cannot be used",
		Text:  state.Lost,
		Notes: []string{
			"Accounts, configuration, audit log and site software on it are out of reach. What you change now is gone at the next restart.",
		},
	}
	out, button := "Power the appliance off and keep its disk if what is on it is needed. A factory reset makes a new, empty state.",
		ui.Button{Label: resetPage.name, Href: pathReset, Kind: "danger"}
	if state.NoDisk {
		out, button = "Shut the appliance down, attach its disk and start it again.",
			ui.Button{Label: offPage.name, Href: pathOff, Kind: "danger"}
	}
	b.Notes = append(b.Notes, out)
	if mayAct {
		b.Action = []ui.Button{button}
	}
	return b
}

// pendingChange says that a change is taken back unless someone keeps it.
func (p *Pages) pendingChange(c confirm.Pending, mayDecide bool) ui.Banner {
	until := ui.ClockAt(c.Deadline, p.zone())
	b := ui.Banner{Tone: ui.Warn, Title: c.Summary, Until: &until}
	if mayDecide {
		b.Action = []ui.Button{
			{Label: "Keep these settings", Post: pathPending + "/" + c.ID + "/keep", Kind: "primary"},
			{Label: "Undo now", Post: pathPending + "/" + c.ID + "/undo"},
		}
	}
	return b
}
