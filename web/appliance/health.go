// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"context"
	"net/http"
	"strconv"

	"understudy/appliance/base/identity"
	"understudy/web/gate"
	"understudy/web/ui"
)

type warningRow struct {
	State       ui.Pill
	Text        string
	Fix         string
	FixURL      string
	FixAt       string // the page that FixURL leads to, in words
	Code        string
	Since       ui.Moment
	Acked       string // by whom
	Acknowledge *ui.Button
}

type healthView struct {
	Heading ui.Heading
	Rows    []warningRow
	Empty   ui.Empty
	Machine ui.Heading
	Sizes   []sizeRow
}

// sizeRow compares what the machine was given with what its model should have.
type sizeRow struct {
	Name        string
	Has, Should string
	State       ui.Pill
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
	f := p.Identity.Facts()
	view.Machine = ui.Heading{ID: "resources", Area: "Health", Name: "Resources", Text: "What this machine was given, beside what a " + f.Model + " should have."}
	view.Sizes = p.sizeRows(r.Context(), f)
	for _, warning := range p.Health.List() {
		tone, word := severity(warning.Severity)
		row := warningRow{
			State: ui.Pill{Tone: tone, Word: word}, Text: warning.Text, Fix: warning.Fix, FixURL: warning.FixURL, FixAt: nameOf(warning.FixURL),
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

// sizeRows asks the same checks that give the warnings above.
func (p *Pages) sizeRows(ctx context.Context, f identity.Facts) []sizeRow {
	less := make(map[string]bool)
	for _, check := range p.Identity.Advice() {
		less[check.Code] = check.Run(ctx) != nil
	}
	row := func(name, code string, has, should int, unit string) sizeRow {
		r := sizeRow{Name: name, Has: size(has, unit), Should: size(should, unit), State: ui.Pill{Tone: ui.Good, Word: "Enough"}}
		switch {
		case has == 0:
			r.State = ui.Pill{Tone: ui.Quiet, Word: "Unknown"}
		case less[code]:
			r.State = ui.Pill{Tone: ui.Info, Word: "Too little"}
		}
		return r
	}
	return []sizeRow{
		row("Processors", identity.CodeCPU, f.Has.CPUs, f.Recommended.CPUs, ""),
		row("Memory", identity.CodeMemory, f.Has.MemoryMiB, f.Recommended.MemoryMiB, " MiB"),
		row("Disk", identity.CodeDisk, f.Has.DiskGiB, f.Recommended.DiskGiB, " GiB"),
	}
}

func size(n int, unit string) string {
	if n == 0 {
		return "unknown"
	}
	return strconv.Itoa(n) + unit
}

// acknowledge notes that somebody knows of a warning.
func (p *Pages) acknowledge(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	if err := p.Health.Acknowledge(r.Context(), principal.Actor(), gate.Param(r, "code")); err != nil {
		return err
	}
	return ui.Done(w, r, pathHealth, "acknowledged")
}
