// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"understudy/appliance/revision"
	"understudy/web/gate"
	"understudy/web/ui"
)

// revisionsPerPage is how many revisions the history shows at once.
const revisionsPerPage = 50

// areaNames are what the areas of configuration are called on pages.
var areaNames = map[string]string{
	"network": "Network",
	"clock":   "Clock and time zone",
	"users":   "Users",
	"updates": "Updates",
}

func areaName(area string) string {
	if name := areaNames[area]; name != "" {
		return name
	}
	return area
}

type revisionRow struct {
	ID     int64
	Href   string
	Area   string
	At     ui.Moment
	By     string
	Reason string
	Undoes int64
}

type historyView struct {
	Heading ui.Heading
	Filters []ui.Link
	Rows    []revisionRow
	Older   string
	Empty   ui.Empty
}

// listRevisions answers Security > Configuration History.
func (p *Pages) listRevisions(w http.ResponseWriter, r *http.Request) error {
	page, err := p.frame(r, pathHistory, "Security :: Configuration History")
	if err != nil {
		return err
	}
	area := r.URL.Query().Get("area")
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // anything else begins with the newest
	list, err := p.Book.List(r.Context(), area, before, revisionsPerPage+1)
	if err != nil {
		return err
	}
	view := historyView{
		Heading: ui.Heading{ID: "history", Area: "Security", Name: "Configuration History", Text: "Every change of the configuration: who made it, what it changed, and the way back."},
		Filters: areaFilters(area),
		Empty:   ui.Empty{Title: "Nothing has been changed yet", Text: "The first change of the network, the clock or the users appears here."},
	}
	if len(list) > revisionsPerPage {
		list = list[:revisionsPerPage]
		query := url.Values{"before": {strconv.FormatInt(list[len(list)-1].ID, 10)}}
		if area != "" {
			query.Set("area", area)
		}
		view.Older = with(pathHistory, query)
	}
	for _, rev := range list {
		view.Rows = append(view.Rows, p.revisionRow(rev))
	}
	page.Body = view
	return p.show(w, http.StatusOK, "history", page)
}

func areaFilters(current string) []ui.Link {
	links := []ui.Link{{Label: "All", Href: pathHistory, Current: current == ""}}
	var areas []string
	for area := range areaNames {
		areas = append(areas, area)
	}
	slices.Sort(areas)
	for _, area := range areas {
		links = append(links, ui.Link{Label: areaNames[area], Href: pathHistory + "?area=" + area, Current: area == current})
	}
	return links
}

func (p *Pages) revisionRow(rev revision.Revision) revisionRow {
	return revisionRow{ID: rev.ID, Href: revisionPath(rev.ID), Area: areaName(rev.Area), At: ui.AtSecond(rev.At, p.zone()), By: rev.By.Name, Reason: rev.Reason, Undoes: rev.Reverts}
}

func revisionPath(id int64) string { return pathHistory + "/" + itoa(id) }

// revisionOf finds the revision that the path names.
func (p *Pages) revisionOf(r *http.Request) (revision.Revision, error) {
	id, err := strconv.ParseInt(gate.Param(r, "id"), 10, 64)
	if err != nil {
		return revision.Revision{}, revision.ErrNotFound
	}
	return p.Book.Get(r.Context(), id)
}
