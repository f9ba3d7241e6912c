// SPDX-License-Identifier: Apache-2.0

package gallery

import (
	"embed"
	"net/http"
	"time"

	"understudy/web/gate"
	"understudy/web/ui"
)

//go:embed pages
var files embed.FS

// view is one of everything.
type view struct {
	Pills   []ui.Pill
	Facts   []ui.Fact
	Bars    []ui.Bar
	Empty   ui.Empty
	Buttons []ui.Button
	Tasks   []ui.TaskRow
	Form    ui.Form
	Refused ui.Form
	Errors  ui.Form
}

// page is the gallery at a fixed time, so that it is the same in every run.
func page() ui.Page {
	at := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	soon := ui.ClockAt(at.Add(48*time.Second), time.UTC)
	tasks := taskRows(at)
	return ui.Page{
		Title: "Gallery", Host: "support.example.com", Now: at.Format(time.RFC3339), Path: "/",
		User:    &ui.User{Name: "admin", Role: "Administrator"},
		Health:  &ui.Pill{Tone: ui.Warn, Word: "Warning", Href: "/"},
		Tabs:    []ui.Link{{Label: "Status", Href: "/", Current: true}, {Label: "Users", Href: "/"}, {Label: "Networking", Href: "/"}, {Label: "Security", Href: "/"}, {Label: "Updates", Href: "/"}, {Label: "Support", Href: "/"}},
		Subtabs: []ui.Link{{Label: "Basics", Href: "/", Current: true}, {Label: "Health", Href: "/"}, {Label: "Tasks", Href: "/"}},
		Banners: []ui.Banner{
			{Tone: ui.Bad, Title: "The stored state of this appliance cannot be used", Text: "The key record is damaged in both copies.", Notes: []string{"What you change now is gone at the next restart."}, Action: []ui.Button{{Label: "Reset Appliance to Factory Defaults", Href: "/", Kind: "danger"}}},
			{Tone: ui.Warn, Title: "eth0: 192.0.2.10/24 becomes disabled", Until: &soon, Action: []ui.Button{{Label: "Keep these settings", Post: "/", Kind: "primary"}, {Label: "Undo now", Post: "/"}}},
			{Tone: ui.Info, Title: "Something to know"}, {Tone: ui.Good, Title: "Something that went well"}, {Tone: ui.Quiet, Title: "Something that is off"},
		},
		Done:   "The user was added.",
		Drawer: &ui.Drawer{Running: 1, Rows: tasks, All: "/"},
		Body: view{
			Pills: []ui.Pill{{Tone: ui.Good, Word: "Healthy"}, {Tone: ui.Warn, Word: "Warning"}, {Tone: ui.Bad, Word: "Critical"}, {Tone: ui.Info, Word: "Running"}, {Tone: ui.Quiet, Word: "Disabled"}, {Tone: ui.Good, Word: "A link", Href: "/"}},
			Facts: facts(at),
			Bars:  []ui.Bar{{Label: "Nothing yet", Text: "0 %, about 2 minutes left"}, {Label: "Some", Percent: 40, Text: "40 %, about 1 minute 10 seconds left"}, {Label: "All", Percent: 100, Text: "100 %"}},
			Empty: ui.Empty{Title: "No tokens yet", Text: "Make one for each program, with no more than it needs.", Action: &ui.Button{Label: "Create Token", Href: "/", Kind: "primary"}},
			Buttons: []ui.Button{{Label: "Save Changes", Post: "/", Kind: "primary"}, {Label: "Preview Changes", Post: "/"}, {Label: "Shut Down This Appliance", Post: "/", Kind: "danger"},
				{Label: "End", Post: "/", Kind: "little"}, {Label: "Revoke", Post: "/", Kind: "little danger"}, {Label: "A link", Href: "/"}},
			Tasks:   tasks,
			Form:    form("plain"),
			Errors:  wrong(),
			Refused: ui.Form{Action: "/", Refused: "The user name or the password is wrong.", Submit: "Sign In", Fields: []ui.Field{{Name: "refused-name", Label: "Username", Required: true}}},
		},
	}
}

func taskRows(at time.Time) []ui.TaskRow {
	now := ui.At(at, time.UTC)
	return []ui.TaskRow{
		{Title: "Reboot this appliance", Href: "/", State: ui.Pill{Tone: ui.Info, Word: "Running"}, Percent: 40, Live: true, By: "admin", Started: now},
		{Title: "Install Base Software 3.3.2", Href: "/", State: ui.Pill{Tone: ui.Good, Word: "Done"}, By: "admin", Started: now, Took: "4 minutes 12 seconds", Result: "Base Software 3.3.2 is installed."},
		{Title: "Install Bomgar-12.2.0", Href: "/", State: ui.Pill{Tone: ui.Bad, Word: "Failed"}, By: "system", Started: now, Took: "12 seconds", Result: "The package could not be fetched: the update server does not answer."},
		{Title: "Shut down this appliance", Href: "/", State: ui.Pill{Tone: ui.Warn, Word: "Interrupted"}, By: "admin", Started: now, Took: "1 second"},
	}
}

func facts(at time.Time) []ui.Fact {
	now := ui.At(at, time.UTC)
	return []ui.Fact{
		{Name: "Appliance Model", Text: "Remote Support Virtual Appliance (small)"}, {Name: "Serial Number", Text: "4R7T-29KQ-81XM", Mono: true},
		{Name: "Started", Time: &now}, {Name: "Health", Pill: &ui.Pill{Tone: ui.Good, Word: "Healthy"}, Link: &ui.Link{Label: "Details", Href: "/"}},
		{Name: "Appliance GUID", Text: "0a4d5c1e-6f3b-4c1d-9a56-2f7f2f6f1b20", Mono: true}, {Name: "Uptime", Text: "3 days 4 hours"},
	}
}

func form(prefix string) ui.Form {
	return ui.Form{Action: "/", Submit: "Save Changes", Other: &ui.Other{Label: "Preview Changes", Action: "/"}, Cancel: &ui.Link{Label: "Cancel", Href: "/"}, Fields: []ui.Field{
		{Name: prefix + "-name", Label: "Display Name", Help: "Shown beside your user name."},
		{Name: prefix + "-address", Label: "IP Address", Value: "192.0.2.10/24", Required: true, Mono: true, Width: "middle"},
		{Name: prefix + "-password", Label: "Password", Type: "password", Required: true, Width: "middle"},
		{Name: prefix + "-role", Label: "Role", Type: "select", Width: "middle", Options: []ui.Option{{Value: "a", Label: "Administrator"}, {Value: "r", Label: "Read-only", Selected: true}}},
		{Name: prefix + "-zone", Label: "Time Zone", Type: "select", Width: "middle", Options: []ui.Option{{Value: "UTC", Label: "UTC"}, {Value: "Europe/Vienna", Label: "Vienna", Group: "Europe", Selected: true}, {Value: "Asia/Tokyo", Label: "Tokyo", Group: "Asia"}}},
		{Name: prefix + "-dns", Label: "DNS Servers", Type: "textarea", Rows: 2, Value: "192.0.2.53\n2001:db8::53", Width: "middle", Help: "One a line."},
		{Name: prefix + "-enabled", Label: "Enabled", Type: "checkbox", Checked: true, Help: "A disabled address is kept, and not used."},
	}}
}

func wrong() ui.Form {
	f := form("wrong")
	f.Fail(map[string]string{"wrong-address": "192.0.2.10/33 is not an address with a mask.", "wrong-enabled": "This is the address that you are using."})
	return f
}

// Handler serves the gallery and the assets it needs.
func Handler() (http.Handler, error) {
	renderer, err := ui.New(files)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, a := range renderer.Assets() {
		mux.Handle("GET "+a.Path, a)
	}
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		gate.Headers(w.Header(), gate.PageCSP)
		p := page()
		p.Theme = r.URL.Query().Get("theme")
		if err := renderer.Page(w, http.StatusOK, "gallery", p); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux, nil
}
