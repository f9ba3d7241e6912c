// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"understudy/appliance/base/clock"
	"understudy/web/gate"
	"understudy/web/ui"
)

// serverRow is what one time server said.
type serverRow struct {
	Name    string
	State   ui.Pill
	Offset  string
	Stratum string
}

// clockPill says whether the clock can be relied on.
func clockPill(s clock.Status) *ui.Pill {
	if s.Unset {
		return &ui.Pill{Tone: ui.Quiet, Word: "Not set"}
	}
	switch s.State {
	case clock.Synchronised:
		return &ui.Pill{Tone: ui.Good, Word: "Synchronised"}
	case clock.Doubting:
		return &ui.Pill{Tone: ui.Warn, Word: "Servers jumped"}
	case clock.Refusing:
		return &ui.Pill{Tone: ui.Bad, Word: "Waits for consent"}
	case clock.Silent:
		return &ui.Pill{Tone: ui.Warn, Word: "Servers silent"}
	}
	return &ui.Pill{Tone: ui.Warn, Word: "Not synchronised"}
}

// clockFacts are how the clock stands.
func (p *Pages) clockFacts(s clock.Status) []ui.Fact {
	last := ui.AtSecond(s.LastSync, p.zone())
	facts := []ui.Fact{
		{Name: "State", Pill: clockPill(s), Text: s.Problem},
		{Name: "Last in Step", Time: &last},
	}
	if s.Unset {
		return facts // there is nothing to follow
	}
	facts = append(facts, ui.Fact{Name: "Follows", Text: orNone(s.Server)})
	if !s.LastSync.IsZero() {
		facts = append(facts, ui.Fact{Name: "Offset", Text: offset(s.Offset)})
	}
	return facts
}

func serverRows(s clock.Status) []serverRow {
	var rows []serverRow
	for _, server := range s.Servers {
		row := serverRow{Name: server.Name, State: ui.Pill{Tone: ui.Good, Word: "Answers"}}
		if server.Problem != "" {
			row.State = ui.Pill{Tone: ui.Warn, Word: server.Problem}
		} else {
			row.Offset, row.Stratum = offset(server.Offset), itoa(int64(server.Stratum))
		}
		rows = append(rows, row)
	}
	return rows
}

// offset says how far the clock is from what a server says, and in which
// direction.
func offset(d time.Duration) string {
	direction := " behind"
	if d < 0 {
		d, direction = -d, " ahead"
	}
	if d < time.Second {
		return millis(d) + direction
	}
	return ui.Duration(d) + direction
}

// clockStep asks for consent where the time servers want more than the clock
// does by itself.
func clockStep(s clock.Status) (string, *ui.Button) {
	if s.Refused == nil {
		return "", nil
	}
	text := s.Refused.Server + " says that the clock is " + offset(s.Refused.Offset) + ". Without consent it is moved by " +
		ui.Duration(s.MaxStep) + " a day at most, since it could be the server that is wrong. Compare with a watch before you agree."
	return text, &ui.Button{Label: "Set the Clock", Post: pathConsent, Kind: "primary"}
}

// consent lets the clock follow the time servers by a large step.
func (p *Pages) consent(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	err := p.Clock.Consent(r.Context(), principal.Actor())
	if errors.Is(err, clock.ErrNoRefusal) {
		gate.Refuse(w, r, gate.Problem{Status: http.StatusConflict, Code: "conflict", Title: "Nothing was changed", Text: ui.Sentence(err.Error()), Page: pathNetwork})
		return nil
	} else if err != nil {
		return err
	}
	return ui.Done(w, r, pathNetwork, "clock-set")
}

// clockForm sets the zone that times are shown in, and how far the clock may
// be moved without asking.
func clockForm(settings clock.Settings, rev int64) ui.Form {
	zone := ui.Field{Name: "zone", Label: "Time Zone", Type: "select", Width: "middle", Help: "Of the times on these pages. Logs and exports are in UTC."}
	for _, name := range clock.Zones() {
		group, label, found := strings.Cut(name, "/")
		if !found {
			group, label = "", name
		}
		zone.Options = append(zone.Options, ui.Option{Value: name, Label: strings.ReplaceAll(label, "_", " "), Group: group, Selected: name == settings.Zone})
	}
	if !listed(zone) {
		zone.Options = append([]ui.Option{{Value: settings.Zone, Label: settings.Zone, Selected: true}}, zone.Options...)
	}
	return ui.Form{
		Action: pathClock,
		Hidden: []ui.Hidden{{Name: "revision", Value: itoa(rev)}},
		Fields: []ui.Field{zone, {Name: "max-step", Label: "Largest Step Without Consent (Seconds)", Value: itoa(int64(settings.MaxStepSeconds)), Mode: "numeric", Max: 5, Required: true, Width: "short",
			Help: "How far time servers may move the clock within a day before somebody has to agree."}},
		Submit: "Save Changes",
	}
}

// listed reports whether one of a field's options is selected: older names of
// zones are understood and not offered.
func listed(f ui.Field) bool {
	for _, o := range f.Options {
		if o.Selected {
			return true
		}
	}
	return false
}
