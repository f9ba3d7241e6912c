// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"understudy/appliance/base/updates"
	"understudy/web/gate"
	"understudy/web/ui"
)

type packageRow struct {
	Name    string
	Kind    string
	Build   string
	Built   ui.Moment
	Running ui.Pill
}

// readyRow is a package that lies on the box.
type readyRow struct {
	Name    string
	What    string // size, restart
	At      ui.Moment
	Install string // path of its page; empty for readers
	Offered bool   // its button is among the available updates
}

// pastRow is an update that was tried.
type pastRow struct {
	Name  string
	From  string
	State ui.Pill
	At    ui.Moment
	By    string
	Text  string
	Task  string // path
}

type updatesView struct {
	Installed ui.Heading
	Rows      []packageRow
	NoSite    ui.Empty
	Check     *checkView
	Ready     ui.Heading
	Packages  []readyRow
	Manual    ui.Heading
	Upload    *ui.Form
	Key       ui.Heading
	MakeKey   *ui.Form // nil for readers
	NoKey     string   // why there is none to be had
	Made      string   // the key that was just made
	History   ui.Heading
	Past      []pastRow
	NoHistory ui.Empty
	Agreed    string // path of the licence agreements
}

// showUpdates answers Updates: what is installed, what can be, and what was.
func (p *Pages) showUpdates(w http.ResponseWriter, r *http.Request) error {
	return p.updatesPage(w, r, updatesForms{upload: uploadForm()})
}

// updatesForms are what the page has to show beside what there is.
type updatesForms struct {
	upload ui.Form
	made   string // the download key that was just made
	status int    // 0: by the form
}

func (p *Pages) updatesPage(w http.ResponseWriter, r *http.Request, forms updatesForms) error {
	page, err := p.frame(r, pathUpdates, "Updates")
	if err != nil {
		return err
	}
	f := p.Identity.Facts()
	view := updatesView{
		Installed: ui.Heading{ID: "installed", Area: "Updates", Name: "Installed", Text: "The software this appliance runs. Versions and builds that are equal on two appliances are the same packages."},
		Rows:      []packageRow{{Name: "Base Software " + f.Version, Kind: "Base", Build: f.Build, Built: ui.At(f.Built, p.zone()), Running: ui.Pill{Tone: ui.Good, Word: "Running"}}},
		NoSite:    ui.Empty{Title: "No site package is installed", Text: "This appliance runs its Base software alone."},
		Ready:     ui.Heading{ID: "ready", Area: "Updates", Name: "Ready to Install", Text: "Packages on this appliance whose origin and content were verified."},
		Manual:    ui.Heading{ID: "manual", Area: "Updates", Name: "Manual Installation", Text: "Installs a package from a file: for an appliance that does not reach the update server."},
		Key: ui.Heading{ID: "download-key", Area: "Updates", Name: "Appliance Download Key",
			Text: "Names this appliance to the update server, where its update files are downloaded in a browser on another machine. It is valid for seven days and depends on a correct clock."},
		Made:      forms.made,
		History:   ui.Heading{ID: "history", Area: "Updates", Name: "History", Text: "What was installed on this appliance, and how it went."},
		NoHistory: ui.Empty{Title: "Nothing has been installed since the first start", Text: "The Base software above came with the appliance's image."},
		Agreed:    pathAgreements,
	}
	if site, ok := p.Updates.InstalledSite(); ok {
		view.Rows = append(view.Rows, packageRow{Name: site.Name, Kind: "Site", Build: site.Build, Built: ui.At(site.Built, p.zone()), Running: ui.Pill{Tone: ui.Good, Word: "Installed"}})
		view.NoSite = ui.Empty{}
	}
	if _, on, err := p.Updates.Trial(r.Context()); err != nil {
		return err
	} else if on {
		view.Rows[0].Running = ui.Pill{Tone: ui.Warn, Word: "On trial", Note: "It has not proven itself yet; if it does not, the former version comes back by itself."}
	}
	if principal, _ := gate.From(r.Context()); principal.Administrator() {
		view.Upload = &forms.upload
		view.NoKey = ui.Sentence(updates.ErrKeyFromSupport.Error())
		if p.Updates.MakesKeys() {
			view.NoKey = ""
			form := ui.Form{Action: pathKey, Submit: "Appliance Download Key"}
			p.askPasswordIn(r, &form)
			view.MakeKey = &form
		}
	}
	if err := p.fillUpdates(r.Context(), &view); err != nil {
		return err
	}
	page.Body = view
	return p.show(w, cmp.Or(forms.status, forms.upload.Status()), "updates", page)
}

func (p *Pages) fillUpdates(ctx context.Context, view *updatesView) error {
	var err error
	if view.Check, err = p.checkSection(ctx, view.Upload != nil); err != nil {
		return err
	}
	offered := map[string]bool{}
	for _, o := range view.Check.Offers {
		offered[o.Install] = true
	}
	ready, err := p.Updates.AllReady(ctx)
	if err != nil {
		return err
	}
	for _, r := range ready {
		row := readyRow{Name: r.Name, What: megabytes(r.Length), At: ui.At(r.At, p.zone())}
		if r.Restart {
			row.What += ", restarts the appliance"
		}
		if view.Upload != nil {
			row.Install = pathPackages + "/" + r.ID
			row.Offered = offered[row.Install]
		}
		view.Packages = append(view.Packages, row)
	}
	past, err := p.Updates.History(ctx)
	if err != nil {
		return err
	}
	for _, u := range past {
		view.Past = append(view.Past, pastRow{
			Name: u.Name, From: cmp.Or(u.From, "–"), State: updatePill(u.State), At: ui.At(u.Started, p.zone()), By: u.By, Text: u.Reason, Task: pathTasks + "/" + u.Task,
		})
	}
	return nil
}

// megabytes is a size for people.
func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// updatePill shows how an update went.
func updatePill(s updates.State) ui.Pill {
	switch s {
	case updates.Good:
		return ui.Pill{Tone: ui.Good, Word: "Installed"}
	case updates.RolledBack:
		return ui.Pill{Tone: ui.Bad, Word: "Rolled back"}
	case updates.Failed:
		return ui.Pill{Tone: ui.Bad, Word: "Failed"}
	case updates.Proving, updates.Refused, updates.Armed:
		return ui.Pill{Tone: ui.Warn, Word: "On trial"}
	}
	return ui.Pill{Tone: ui.Quiet, Word: "Being installed"}
}
