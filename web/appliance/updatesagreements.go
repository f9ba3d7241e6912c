// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"

	"understudy/web/ui"
)

// agreementsPerPage is how many accepted agreements the list shows at once, fewer
// than of other lists: their texts are on the page.
const agreementsPerPage = 20

type agreementRow struct {
	Package string
	Facts   []ui.Fact
	Text    string
}

type agreementsView struct {
	Heading ui.Heading
	Rows    []agreementRow
	Older   string
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
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // anything else begins with the newest
	list, err := p.Updates.Agreements(r.Context(), before, agreementsPerPage+1)
	if err != nil {
		return err
	}
	view := agreementsView{
		Heading: ui.Heading{ID: "agreements", Area: "Updates", Name: "Licence Agreements", Text: "What was accepted on this appliance before a package was installed, by whom and from where."},
		Empty:   ui.Empty{Title: "No licence agreement has been accepted yet", Text: "Those of site packages appear here once somebody installs one."},
		Updates: pathUpdates,
	}
	if len(list) > agreementsPerPage {
		list = list[:agreementsPerPage]
		view.Older = with(pathAgreements, url.Values{"before": {strconv.FormatInt(list[len(list)-1].N, 10)}})
	}
	for _, a := range list {
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
