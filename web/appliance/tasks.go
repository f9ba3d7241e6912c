// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"
	"net/url"

	"understudy/appliance/task"
	"understudy/web/ui"
)

// tasksPerPage is how many tasks the list shows at once.
const tasksPerPage = 50

type tasksView struct {
	Heading ui.Heading
	Filters []ui.Link
	Rows    []ui.TaskRow
	Empty   ui.Empty
	Older   string
}

// listTasks answers Status > Tasks.
func (p *Pages) listTasks(w http.ResponseWriter, r *http.Request) error {
	page, err := p.frame(r, pathTasks, "Status :: Tasks")
	if err != nil {
		return err
	}
	query := r.URL.Query()
	state := task.State(query.Get("state"))
	list, err := p.Tasks.List(r.Context(), task.Filter{State: state, Before: query.Get("before"), Limit: tasksPerPage + 1})
	if err != nil {
		return err
	}
	view := tasksView{
		Heading: ui.Heading{ID: "tasks", Area: "Status", Name: "Tasks", Text: "Everything that takes longer than a moment, with its log. Tasks survive a restart of the appliance."},
		Filters: taskFilters(state),
		Empty:   ui.Empty{Title: "No tasks yet", Text: "A restart, a shut-down or an update starts one. It appears here and at the foot of every page."},
	}
	if state != "" {
		view.Empty = ui.Empty{Title: "No task is in this state", Action: &ui.Button{Label: "Show all tasks", Href: pathTasks}}
	}
	if len(list) > tasksPerPage {
		list = list[:tasksPerPage]
		older := url.Values{"before": {list[len(list)-1].ID}}
		if state != "" {
			older.Set("state", string(state))
		}
		view.Older = with(pathTasks, older)
	}
	view.Rows = p.taskRows(list)
	if page.Drawer.Running > 0 {
		page.Refresh = refresh
	}
	page.Body = view
	return p.show(w, http.StatusOK, "tasks", page)
}

func taskFilters(current task.State) []ui.Link {
	links := []ui.Link{{Label: "All", Href: pathTasks, Current: current == ""}}
	for _, s := range []task.State{task.Running, task.Done, task.Failed, task.Interrupted} {
		links = append(links, ui.Link{Label: taskState(s).Word, Href: pathTasks + "?state=" + string(s), Current: s == current})
	}
	return links
}
