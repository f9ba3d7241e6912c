// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"context"
	"fmt"
	"time"

	"understudy/appliance/task"
	"understudy/web/ui"
)

// drawerRows is how many tasks the drawer lists.
const drawerRows = 5

// drawer lists the newest tasks, and counts those that run.
func (p *Pages) drawer(ctx context.Context) (ui.Drawer, error) {
	newest, err := p.Tasks.List(ctx, task.Filter{Limit: drawerRows})
	if err != nil {
		return ui.Drawer{}, err
	}
	return ui.Drawer{Running: len(p.Tasks.Live()), Rows: p.taskRows(newest), All: pathTasks}, nil
}

func (p *Pages) taskRows(tasks []task.Task) []ui.TaskRow {
	rows := make([]ui.TaskRow, 0, len(tasks))
	for _, t := range tasks {
		row := ui.TaskRow{
			Title:   t.Title,
			Href:    pathTasks + "/" + t.ID,
			State:   taskState(t.State),
			Percent: t.Percent,
			Live:    t.State.Live(),
			By:      t.By.Name,
			Started: ui.At(t.Created, p.zone()),
			Result:  t.Result,
		}
		if t.Error != "" {
			row.Result = ui.Sentence(t.Error)
		}
		if !t.Ended.IsZero() {
			row.Took = ui.Duration(t.Ended.Sub(t.Created))
		}
		rows = append(rows, row)
	}
	return rows
}

// taskState is how a state looks and what it is called.
func taskState(s task.State) ui.Pill {
	switch s {
	case task.Queued:
		return ui.Pill{Tone: ui.Quiet, Word: "Waiting"}
	case task.Running:
		return ui.Pill{Tone: ui.Info, Word: "Running"}
	case task.Done:
		return ui.Pill{Tone: ui.Good, Word: "Done"}
	case task.Failed:
		return ui.Pill{Tone: ui.Bad, Word: "Failed"}
	case task.Interrupted:
		return ui.Pill{Tone: ui.Warn, Word: "Interrupted"}
	}
	return ui.Pill{Tone: ui.Quiet, Word: string(s)}
}

// progress is the bar of a task that runs, with what is left as far as anyone
// knows.
func (p *Pages) progress(t task.Task) ui.Bar {
	bar := ui.Bar{Label: "Progress of " + t.Title, Percent: t.Percent, Text: fmt.Sprintf("%d %%", t.Percent)}
	switch left := t.ExpectedEnd.Sub(p.Now()); {
	case t.ExpectedEnd.IsZero():
	case left > 0:
		bar.Text += ", about " + roughly(left) + " left"
	default:
		bar.Text += ", longer than expected"
	}
	return bar
}

// roughly says how long d is, as exactly as an estimate can: to the minute, and
// to five seconds if it is less than one.
func roughly(d time.Duration) string {
	const step = 5 * time.Second
	if d > time.Minute {
		return ui.Duration(d.Round(time.Minute))
	}
	return ui.Duration((d + step - 1).Truncate(step))
}
