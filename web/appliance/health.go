// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"

	"understudy/web/gate"
	"understudy/web/ui"
)

type warningRow struct {
	State       ui.Pill
	Text        string
	Fix         string
	FixURL      string
	Code        string
	Since       ui.Moment
	Acked       string // by whom
	Acknowledge *ui.Button
}

type healthView struct {
	Heading ui.Heading
	Rows    []warningRow
	Empty   ui.Empty
}

// showHealth answers Status > Health.
func (p *Pages) showHealth(w http.ResponseWriter, r *http.Request) error {
	page, err := p.frame(r, pathHealth, "Status :: Health")
	if err != nil {
		return err
	}
	view := healthView{
		Heading: ui.Heading{ID: "health", Area: "Status", Name: "Health", Text: "What needs attention, worst first, and how to put it right. A warning goes away by itself when its cause does."},
		Empty:   ui.Empty{Title: "Nothing needs your attention", Text: "Clock, network, storage and the granted resources are checked all the time."},
	}
	for _, warning := range p.Health.List() {
		tone, word := severity(warning.Severity)
		row := warningRow{
			State: ui.Pill{Tone: tone, Word: word}, Text: warning.Text, Fix: warning.Fix, FixURL: warning.FixURL,
			Code: warning.Code, Since: ui.At(warning.Since, p.zone()),
		}
		if warning.Acknowledged {
			row.Acked = warning.AckBy
		} else if !page.User.ReadOnly {
			row.Acknowledge = &ui.Button{Label: "Acknowledge", Post: pathHealth + "/" + warning.Code + "/acknowledge", Kind: "little", Note: warning.Text}
		}
		view.Rows = append(view.Rows, row)
	}
	page.Body = view
	return p.show(w, http.StatusOK, "health", page)
}

// acknowledge notes that somebody knows of a warning.
func (p *Pages) acknowledge(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	if err := p.Health.Acknowledge(r.Context(), principal.Actor(), gate.Param(r, "code")); err != nil {
		return err
	}
	return done(w, r, pathHealth, "acknowledged")
}
