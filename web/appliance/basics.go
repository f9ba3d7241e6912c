// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"cmp"
	"net/http"
	"strings"

	"understudy/pkgstore/pack"
	"understudy/web/ui"
)

type basicsView struct {
	Basics     ui.Heading
	Facts      []ui.Fact
	Problems   []string // what was wrong with the first-boot seed
	SeedSource string
	Software   ui.Heading
	Site       []ui.Fact // of the installed site; empty if there is none
	NoSoftware ui.Empty
	Time       ui.Heading
	Times      []ui.Fact
	Clock      *ui.Form // nil for who may not change it
	Power      ui.Heading
	Acts       []powerAct
}

// powerAct is one way to end or restart, with what it means.
type powerAct struct {
	Text   string
	Button ui.Button
}

// showRoot sends /appliance to its first page.
func (p *Pages) showRoot(w http.ResponseWriter, r *http.Request) error {
	path := pathBasics
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery // what was done before, for the page to say
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// showBasics answers Status > Basics: all that decides an upgrade path, the
// time, and the switches.
func (p *Pages) showBasics(w http.ResponseWriter, r *http.Request) error {
	return p.basicsPage(w, r, nil)
}

// basicsPage renders it; clock is the form of the time settings if it came
// back.
func (p *Pages) basicsPage(w http.ResponseWriter, r *http.Request, clock *ui.Form) error {
	page, err := p.frame(r, pathBasics, "Status :: Basics")
	if err != nil {
		return err
	}
	view := basicsView{
		Basics:     ui.Heading{ID: "basics", Area: "Status", Name: "Basics", Text: "What this appliance is, and all that decides which updates it can take."},
		Facts:      p.basicFacts(*page.Health),
		Problems:   p.Boot.SeedProblems,
		SeedSource: seedSource(p.Boot.SeedSource),
		Software:   ui.Heading{ID: "software", Area: "Status", Name: "Installed Site Packages", Text: "The site software that answers everything outside /appliance."},
		NoSoftware: ui.Empty{Title: "No site package is installed", Text: "Until one is, / and /login lead to these pages, and nothing else is served."},
		Time:       ui.Heading{ID: "time", Area: "Status", Name: "Time", Text: "Updates and certificates rely on a correct clock."},
		Times:      p.timeFacts(),
		Power:      ui.Heading{ID: "power", Area: "Status", Name: "Power"},
	}
	if site, ok := p.Updates.InstalledSite(); ok {
		view.Site = p.siteFacts(site)
	}
	status := http.StatusOK
	if !page.User.ReadOnly {
		view.Acts = powerActs()
		settings, rev, err := p.Clock.Settings(r.Context())
		if err != nil {
			return err
		}
		form := clockForm(settings, rev)
		if clock != nil {
			form, status = *clock, clock.Status()
		}
		view.Clock = &form
	}
	page.Body = view
	return p.show(w, status, "basics", page)
}

func (p *Pages) basicFacts(health ui.Pill) []ui.Fact {
	f := p.Identity.Facts()
	built, booted := ui.At(f.Built, p.zone()), ui.At(f.BootedAt, p.zone())
	return []ui.Fact{
		{Name: "Appliance Model", Text: f.Model},
		{Name: "Serial Number", Text: f.Serial, Mono: true},
		{Name: "Appliance GUID", Text: f.GUID, Mono: true},
		{Name: "Identity Key", Text: cmp.Or(f.KeyPrint, "None"), Mono: true},
		{Name: "Host Name", Text: p.Network.Hostname()},
		{Name: "Base Software Version", Text: f.Version},
		{Name: "Base Software Build", Text: f.Build},
		{Name: "Built", Time: &built},
		{Name: "Architecture", Text: f.Architecture},
		{Name: "Kernel", Text: f.Kernel},
		{Name: "Firmware", Text: strings.ToUpper(f.Firmware)},
		{Name: "Uptime", Text: ui.Duration(f.Uptime)},
		{Name: "Started", Time: &booted},
		{Name: "Health", Pill: &health},
		{Name: "Stored State", Pill: p.statePill()},
	}
}

// siteFacts are what an upgrade path depends on, and whose site it is.
func (p *Pages) siteFacts(site pack.Summary) []ui.Fact {
	built := ui.At(site.Built, p.zone())
	facts := []ui.Fact{
		{Name: "Site Package", Text: site.Name, Link: &ui.Link{Label: "Open /login", Href: "/login"}},
		{Name: "Site Version", Text: site.Version}, {Name: "Site Build", Text: site.Build}, {Name: "Site Built", Time: &built},
	}
	if c := site.Customer; c != nil {
		facts = append(facts, customerFacts(c.Hostname, c.Licenses, c.Expires, p.zone())...)
	}
	return facts
}

// statePill says whether what is stored is usable, and whether a thief of the
// disk could read it.
func (p *Pages) statePill() *ui.Pill {
	switch state := p.Boot.State; {
	case state.Lost != "":
		return &ui.Pill{Tone: ui.Bad, Word: "Lost"}
	case state.Protected:
		return &ui.Pill{Tone: ui.Good, Word: "Encrypted, key sealed"}
	case state.Encrypted:
		return &ui.Pill{Tone: ui.Quiet, Word: "Encrypted, key not protected", Note: "The key lies on the same disk: whoever has the disk can read it."}
	}
	return &ui.Pill{Tone: ui.Warn, Word: "Not encrypted"}
}

func (p *Pages) timeFacts() []ui.Fact {
	now := p.Now()
	return []ui.Fact{
		{Name: "Local Time", Text: now.In(p.zone()).Format("Monday, 2 January 2006, 15:04:05 MST")},
		{Name: "UTC", Text: now.UTC().Format("Monday, 2 January 2006, 15:04:05")},
		{Name: "Time Servers", Pill: clockPill(p.Clock.Status()), Link: &ui.Link{Label: "Networking > IP Configuration", Href: pathNetwork + "#time-servers"}},
	}
}

// seedSource says where the first-boot seed was found.
func seedSource(source string) string {
	switch source {
	case "":
		return ""
	case "fw_cfg":
		return "the hypervisor (fw_cfg)"
	}
	return "the volume on " + source
}

func powerActs() []powerAct {
	return []powerAct{
		{"Restarts the appliance. It is back after about a minute.", ui.Button{Label: "Reboot", Href: pathReboot}},
		{"Ends everything and switches off. It is started again at the machine itself.", ui.Button{Label: "Shut Down This Appliance", Href: pathOff}},
		{"Erases all data, configuration and software. Let it finish before the appliance is shut down.", ui.Button{Label: "Reset Appliance to Factory Defaults", Href: pathReset, Kind: "danger"}},
	}
}
