// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"context"
	"net/http"

	"understudy/appliance/base/updates"
	"understudy/appliance/task"
	"understudy/web/gate"
	"understudy/web/ui"
)

type taskView struct {
	ID       string
	Head     taskHead
	Log      []logLine
	Restarts bool // the connection will be lost, and come back
}

// taskHead is what changes of a task while it is looked at, but for its log.
type taskHead struct {
	Heading  ui.Heading
	State    ui.Pill
	Bar      *ui.Bar
	Steps    []step
	Facts    []ui.Fact
	Result   string
	Error    string
	NextStep string
	Onward   []ui.Button // pages that one wants after its end
}

// step is a phase of a task; Class is past, now, stopped or empty.
type step struct{ Name, Class, Icon, Word string }

type logLine struct {
	Time ui.Moment
	Text string
}

// showTask answers a task's own page.
func (p *Pages) showTask(w http.ResponseWriter, r *http.Request) error {
	t, err := p.Tasks.Get(r.Context(), gate.Param(r, "id"))
	if err != nil {
		return err
	}
	lines, last, err := p.taskLog(r.Context(), t.ID, 0)
	if err != nil {
		return err
	}
	page, err := p.frame(r, pathTasks, t.Title)
	if err != nil {
		return err
	}
	page.Stream = liveOf(t.ID, last)
	if t.State.Live() {
		page.Refresh = refresh
	}
	page.Body = taskView{ID: t.ID, Head: p.taskHead(t), Log: lines, Restarts: t.State.Live() && restarts[t.Kind]}
	return p.show(w, http.StatusOK, "task", page)
}

// taskLog returns the lines after a sequence number, and the last number.
func (p *Pages) taskLog(ctx context.Context, id string, after int64) ([]logLine, int64, error) {
	lines, err := p.Tasks.Log(ctx, id, after)
	if err != nil {
		return nil, after, err
	}
	list := make([]logLine, 0, len(lines))
	for _, l := range lines {
		list = append(list, logLine{ui.ClockAt(l.At, p.zone()), l.Text})
		after = l.Seq
	}
	return list, after, nil
}

func (p *Pages) taskHead(t task.Task) taskHead {
	h := taskHead{
		Heading: ui.Heading{ID: "task", Area: "Task", Name: t.Title},
		State:   taskState(t.State),
		Steps:   steps(t),
		Result:  t.Result, Error: ui.Sentence(t.Error), NextStep: t.NextStep,
		Onward: onward(t),
	}
	if t.State.Live() {
		bar := p.progress(t)
		h.Bar = &bar
	}
	created := ui.AtSecond(t.Created, p.zone())
	h.Facts = []ui.Fact{{Name: "Started by", Text: t.By.Name}, {Name: "Started", Time: &created}}
	if t.By.Address != "" {
		h.Facts[0].Text += " from " + t.By.Address
	}
	if !t.Ended.IsZero() {
		ended := ui.AtSecond(t.Ended, p.zone())
		h.Facts = append(h.Facts, ui.Fact{Name: "Ended", Time: &ended}, ui.Fact{Name: "Took", Text: ui.Duration(t.Ended.Sub(t.Created))})
	}
	h.Facts = append(h.Facts, ui.Fact{Name: "Task", Text: t.ID, Mono: true})
	return h
}

// onward leads from a task that has ended to where people go on: from one about
// updates to the list of them, from a new site to its sign-in.
func onward(t task.Task) []ui.Button {
	if t.State.Live() {
		return nil
	}
	toUpdates := ui.Button{Label: "Go to Updates", Href: pathUpdates}
	switch t.Kind {
	case updates.KindSite:
		if t.State == task.Done {
			return []ui.Button{toUpdates, {Label: "Sign in to /login", Href: pathSite}}
		}
		return []ui.Button{toUpdates}
	case updates.KindCheck, updates.KindDownload, updates.KindBase, updates.KindLicense:
		return []ui.Button{toUpdates}
	}
	return nil
}

// steps shows how far a task has come in its phases.
func steps(t task.Task) []step {
	list := make([]step, 0, len(t.Phases))
	for i, name := range t.Phases {
		s := step{Name: name, Icon: "ring", Word: "to come"}
		switch {
		case t.State == task.Done || i < t.Phase:
			s = step{name, "past", "check", "done"}
		case i == t.Phase && t.State.Live():
			s = step{name, "now", "turn", "running"}
		case i == t.Phase:
			s = step{name, "stopped", "stop", "stopped here"}
		}
		list = append(list, s)
	}
	return list
}
