// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"

	"understudy/web/ui"
)

type packageRow struct {
	Name    string
	Kind    string
	Build   string
	Built   ui.Moment
	Running ui.Pill
}

type updatesView struct {
	Installed ui.Heading
	Rows      []packageRow
	NoSite    ui.Empty
	History   ui.Heading
	NoHistory ui.Empty
}

// showUpdates answers Updates: what is installed, and what was.
func (p *Pages) showUpdates(w http.ResponseWriter, r *http.Request) error {
	page, err := p.frame(r, pathUpdates, "Updates")
	if err != nil {
		return err
	}
	f := p.Identity.Facts()
	page.Body = updatesView{
		Installed: ui.Heading{ID: "installed", Area: "Updates", Name: "Installed", Text: "The software this appliance runs. Versions and builds that are equal on two appliances are the same packages."},
		Rows:      []packageRow{{Name: "Base Software " + f.Version, Kind: "Base", Build: f.Build, Built: ui.At(f.Built, p.zone()), Running: ui.Pill{Tone: ui.Good, Word: "Running"}}},
		NoSite:    ui.Empty{Title: "No site package is installed", Text: "This appliance runs its Base software alone."},
		History:   ui.Heading{ID: "history", Area: "Updates", Name: "History", Text: "What was installed on this appliance, and how it went."},
		NoHistory: ui.Empty{Title: "Nothing has been installed since the first start", Text: "The Base software above came with the appliance's image."},
	}
	return p.show(w, http.StatusOK, "updates", page)
}
