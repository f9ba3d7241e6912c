// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"cmp"
	"net/http"

	"understudy/web/ui"
)

type agreementRow struct {
	Package string
	Facts   []ui.Fact
	Text    string
}

type agreementsView struct {
	Heading ui.Heading
	Rows    []agreementRow
	Empty   ui.Empty
	Updates string // path of the page above
}

// listAgreements answers Updates > Licence Agreements: what was accepted, by
// whom, and its text as it was then.
func (p *Pages) listAgreements(w http.ResponseWriter, r *http.Request) error {
	page, err := p.frame(r, pathUpdates, "Updates :: Licence Agreements")
	if err != nil {
		return err
	}
	all, err := p.Updates.Agreements(r.Context())
	if err != nil {
		return err
	}
	view := agreementsView{
		Heading: ui.Heading{ID: "agreements", Area: "Updates", Name: "Licence Agreements", Text: "What was accepted on this appliance before a package was installed, by whom and from where: the newest 100."},
		Empty:   ui.Empty{Title: "No licence agreement has been accepted yet", Text: "Those of site packages appear here once somebody installs one."},
		Updates: pathUpdates,
	}
	for _, a := range all {
		at := ui.AtSecond(a.At, p.zone())
		view.Rows = append(view.Rows, agreementRow{Package: a.Package, Text: a.Text, Facts: []ui.Fact{
			{Name: "Version", Text: a.Version},
			{Name: "Accepted", Time: &at},
			{Name: "By", Text: a.By.Name},
			{Name: "From", Text: cmp.Or(a.By.Address, "–")},
		}})
	}
	page.Body = view
	return p.show(w, http.StatusOK, "agreements", page)
}
