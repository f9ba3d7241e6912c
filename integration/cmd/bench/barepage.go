// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"understudy/appliance/base/clock"
	"understudy/web/ui"
)

// basics holds what the template of Status > Basics shows.
type basics struct {
	Basics     ui.Heading
	Facts      []ui.Fact
	Problems   []string
	SeedSource string
	Software   ui.Heading
	Site       []ui.Fact
	NoSoftware ui.Empty
	Time       ui.Heading
	Times      []ui.Fact
	Clock      *ui.Form
	Power      ui.Heading
	Acts       []struct {
		Text   string
		Button ui.Button
	}
}

// bareBasics renders the page with values that were made once.
func bareBasics(templates fs.FS) (http.Handler, error) {
	renderer, err := ui.New(templates)
	if err != nil {
		return nil, fmt.Errorf("read the pages' templates: %w", err)
	}
	page := basicsPage()
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := renderer.Page(w, http.StatusOK, "basics", page); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}), nil
}

func basicsPage() ui.Page {
	now := ui.At(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.UTC)
	text := func(names ...string) (facts []ui.Fact) {
		for _, n := range names {
			facts = append(facts, ui.Fact{Name: n, Text: strings.Repeat("x", 16), Mono: true})
		}
		return facts
	}
	link := func(labels ...string) (links []ui.Link) {
		for i, l := range labels {
			links = append(links, ui.Link{Label: l, Href: "/appliance/" + strings.ToLower(l), Current: i == 0})
		}
		return links
	}
	body := basics{
		Basics:     ui.Heading{ID: "basics", Area: "Status", Name: "Basics", Text: strings.Repeat("What this appliance is. ", 4)},
		Facts:      append(text("Model", "Serial Number", "GUID", "Identity Key", "Host Name", "Version", "Build", "Architecture", "Kernel", "Firmware", "Uptime"), ui.Fact{Name: "Built", Time: &now}, ui.Fact{Name: "Started", Time: &now}, ui.Fact{Name: "Health", Pill: &ui.Pill{Tone: ui.Good, Word: "Healthy"}}, ui.Fact{Name: "Stored State", Pill: &ui.Pill{Tone: ui.Quiet, Word: "Encrypted"}}),
		Software:   ui.Heading{ID: "software", Area: "Status", Name: "Installed Site Packages", Text: strings.Repeat("The site software. ", 4)},
		NoSoftware: ui.Empty{Title: "No site package is installed", Text: strings.Repeat("Until one is, nothing else. ", 4)},
		Time:       ui.Heading{ID: "time", Area: "Status", Name: "Time", Text: strings.Repeat("A correct clock. ", 4)},
		Times:      text("Local Time", "UTC", "Time Servers"),
		Clock:      zoneForm(),
		Power:      ui.Heading{ID: "power", Area: "Status", Name: "Power"},
	}
	for _, label := range []string{"Reboot", "Shut Down This Appliance", "Reset Appliance to Factory Defaults"} {
		body.Acts = append(body.Acts, struct {
			Text   string
			Button ui.Button
		}{strings.Repeat("What it does. ", 4), ui.Button{Label: label, Href: "/appliance/power"}})
	}
	return ui.Page{
		Title: "Status :: Basics", Host: "support.example.com", Now: "2026-11-01T00:00:00Z", Path: pagePath,
		User: &ui.User{Name: "admin", Role: "Administrator"}, Health: &ui.Pill{Tone: ui.Good, Word: "Healthy", Href: "/appliance/health"},
		Tabs: link("Status", "Users", "Networking", "Security", "Updates", "Support"), Subtabs: link("Basics", "Health", "Tasks"),
		Drawer: &ui.Drawer{All: "/appliance/tasks"}, Stream: "/appliance/live", Body: body,
	}
}

// zoneForm is the form with every time zone, by far the largest part.
func zoneForm() *ui.Form {
	zone := ui.Field{Name: "zone", Label: "Time Zone", Type: "select", Help: strings.Repeat("Of these pages. ", 4)}
	for _, name := range clock.Zones() {
		group, label, found := strings.Cut(name, "/")
		if !found {
			group, label = "", name
		}
		zone.Options = append(zone.Options, ui.Option{Value: name, Label: label, Group: group, Selected: name == "UTC"})
	}
	step := ui.Field{Name: "max-step", Label: "Largest Step", Value: "900", Help: strings.Repeat("Without consent. ", 4), Required: true}
	return &ui.Form{Action: "/appliance/clock", Hidden: []ui.Hidden{{Name: "revision", Value: "1"}}, Fields: []ui.Field{zone, step}, Submit: "Save Changes"}
}
