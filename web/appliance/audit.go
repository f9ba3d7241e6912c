// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"understudy/appliance/audit"
	"understudy/web/ui"
)

// eventsPerPage is how many events the audit log shows at once.
const eventsPerPage = 100

type auditRow struct {
	Seq     int64
	At      ui.Moment
	Who     string
	From    string
	Via     string
	Action  string
	Object  string
	Outcome ui.Pill
	Detail  string
}

type auditView struct {
	Heading ui.Heading
	Fields  []ui.Field
	Any     bool // a filter is set
	Rows    []auditRow
	Older   string
	Newest  string
	Empty   ui.Empty
	Export  string
	Verify  string
	Checked *ui.Banner
}

// showAudit answers Security > Audit.
func (p *Pages) showAudit(w http.ResponseWriter, r *http.Request) error {
	return p.auditPage(w, r, nil)
}

// verifyAudit follows the hash chain and says whether it holds.
func (p *Pages) verifyAudit(w http.ResponseWriter, r *http.Request) error {
	report, err := p.Audit.Verify(r.Context())
	if err != nil {
		return err
	}
	b := ui.Banner{Tone: ui.Good, Title: "The audit log is whole: " + ui.Count(int(report.Events), "event") + " checked", Text: "Head of the chain: " + report.Head}
	if !report.OK {
		b = ui.Banner{Tone: ui.Bad, Title: "The audit log was changed at event " + itoa(report.BadSeq), Text: report.Reason}
	}
	return p.auditPage(w, r, &b)
}

func (p *Pages) auditPage(w http.ResponseWriter, r *http.Request, checked *ui.Banner) error {
	page, err := p.frame(r, pathAudit, "Security :: Audit")
	if err != nil {
		return err
	}
	filter, fields, any := p.auditFilter(r.URL.Query())
	view := auditView{
		Heading: ui.Heading{ID: "audit", Area: "Security", Name: "Audit", Text: "Who did what, from where, and how it ended. Events are chained by hashes: a change to any of them shows."},
		Fields:  fields, Any: any, Newest: pathAudit, Export: pathAudit + "/export", Verify: pathAudit + "/verification", Checked: checked,
		Empty: ui.Empty{Title: "No event matches", Action: &ui.Button{Label: "Show all events", Href: pathAudit}},
	}
	events, err := p.Audit.List(r.Context(), filter)
	if err != nil {
		return err
	}
	if len(events) > eventsPerPage {
		events = events[:eventsPerPage]
		query := url.Values{"before": {strconv.FormatInt(events[len(events)-1].Seq, 10)}}
		for _, f := range fields {
			if f.Value != "" {
				query.Set(f.Name, f.Value)
			}
		}
		view.Older = with(pathAudit, query)
	}
	for _, e := range events {
		view.Rows = append(view.Rows, p.auditRow(e))
	}
	page.Body = view
	return p.show(w, http.StatusOK, "audit", page)
}

func (p *Pages) auditRow(e audit.Event) auditRow {
	row := auditRow{Seq: e.Seq, At: ui.AtSecond(e.At, p.zone()), Who: e.Name, From: e.Address, Via: e.Via, Action: e.Action, Object: e.Object, Detail: e.Detail}
	if strings.HasPrefix(e.Detail, "Mozilla/") {
		row.Detail = ui.Agent(e.Detail)
	}
	if e.Count > 1 {
		row.Detail = strings.TrimSpace(row.Detail + " (" + itoa(e.Count) + " times)")
	}
	switch e.Outcome {
	case audit.OK:
		row.Outcome = ui.Pill{Tone: ui.Good, Word: "OK"}
	case audit.Refused:
		row.Outcome = ui.Pill{Tone: ui.Warn, Word: "Refused"}
	case audit.Failed:
		row.Outcome = ui.Pill{Tone: ui.Bad, Word: "Failed"}
	case audit.Accepted:
		row.Outcome = ui.Pill{Tone: ui.Good, Word: "Accepted"}
	case audit.RolledBack:
		row.Outcome = ui.Pill{Tone: ui.Bad, Word: "Rolled back"}
	default:
		row.Outcome = ui.Pill{Tone: ui.Quiet, Word: e.Outcome}
	}
	return row
}

// auditFilter reads the filter from the query, and shows it in the form. Days
// are days of the zone that the page shows.
func (p *Pages) auditFilter(q url.Values) (audit.Filter, []ui.Field, bool) {
	f := audit.Filter{Actor: q.Get("who"), Action: q.Get("action"), Text: q.Get("text"), Limit: eventsPerPage + 1}
	f.Before, _ = strconv.ParseInt(q.Get("before"), 10, 64) // anything else begins with the newest
	fields := []ui.Field{
		{Name: "who", Label: "User", Value: f.Actor, Max: 64},
		{Name: "action", Label: "Action", Value: f.Action, Max: 64},
		{Name: "text", Label: "Text", Value: f.Text, Max: 100},
		{Name: "from", Label: "From", Type: "date", Value: q.Get("from")},
		{Name: "to", Label: "To", Type: "date", Value: q.Get("to")},
	}
	if day, err := time.ParseInLocation(time.DateOnly, q.Get("from"), p.zone()); err == nil {
		f.From = day
	}
	if day, err := time.ParseInLocation(time.DateOnly, q.Get("to"), p.zone()); err == nil {
		f.To = day.AddDate(0, 0, 1)
	}
	any := false
	for _, field := range fields {
		any = any || field.Value != ""
	}
	return f, fields, any
}

// exportAudit sends the whole log as a file. One that fails after its first
// byte is cut off: nobody shall take half of it for the whole, least of all with
// a page about the failure at its end.
func (p *Pages) exportAudit(w http.ResponseWriter, r *http.Request) error {
	file := &download{w: w, kind: "application/jsonl", name: "audit-" + p.Now().UTC().Format("20060102-150405") + ".jsonl"}
	err := p.Audit.Export(r.Context(), file)
	if err != nil && file.begun {
		panic(http.ErrAbortHandler)
	}
	return err
}

// download is an answer that becomes a file with its first byte; until then it
// can still become a page.
type download struct {
	w          http.ResponseWriter
	kind, name string // of its content; of the file
	begun      bool
}

func (d *download) Write(b []byte) (int, error) {
	if !d.begun {
		d.begun = true
		d.w.Header().Set("Content-Type", d.kind)
		d.w.Header().Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	}
	return d.w.Write(b)
}
