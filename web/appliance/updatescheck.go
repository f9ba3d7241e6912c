// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"understudy/appliance/base/updates"
	"understudy/appliance/task"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
	"understudy/web/gate"
	"understudy/web/ui"
)

// offerRow is an update that the server has, installable or greyed out.
type offerRow struct {
	Name     string
	What     []string  // size, time, restart, clients
	Facts    []ui.Fact // of a site: host name, licences, expiry
	Notes    string
	Reason   string // why it cannot be installed yet, in the product's words
	Advice   string // what to install first
	Install  string // path of its page
	Download string // path that brings it without installing it
}

// checkView is what the page says about the update server.
type checkView struct {
	Heading   ui.Heading
	Server    string
	Address   string // of the server's page; empty if there is none
	Checked   *ui.Moment
	Failed    *failedCheck // the last check, if it failed
	Check     *ui.Form
	Available ui.Heading
	Offers    []offerRow
	Order     []string // names of the packages that lead to the newest software, if it takes more than one
	None      ui.Empty
}

// failedCheck is a check that told nothing new.
type failedCheck struct {
	At   ui.Moment
	Text string
	Task string // path
}

// checkSection is the part of the page that asks the update server.
func (p *Pages) checkSection(ctx context.Context, mayAct bool) (*checkView, error) {
	settings, err := p.Updates.Settings(ctx)
	if err != nil {
		return nil, err
	}
	view := &checkView{
		Heading:   ui.Heading{ID: "check", Area: "Updates", Name: "Check", Text: "See which updates there are for this appliance, and install those you choose."},
		Server:    settings.Server,
		Available: ui.Heading{ID: "available", Area: "Updates", Name: "Available Updates"},
	}
	if settings.Server == "" {
		return view, nil
	}
	view.Address = "https://" + strings.TrimSuffix(settings.Server, "/") + "/"
	if mayAct {
		view.Check = &ui.Form{Action: pathCheck, Submit: "Check for updates"}
	}
	if view.Failed, err = p.failedCheck(ctx); err != nil {
		return nil, err
	}
	offers, at, err := p.Updates.Offers(ctx)
	if err != nil || at.IsZero() {
		return view, err
	}
	checked := ui.At(at, p.zone())
	view.Checked = &checked
	view.None = ui.Empty{Title: "This appliance is up to date", Text: "The update server has nothing newer for it."}
	view.Available.Text = howMany(offers)
	for _, o := range byTurn(p.Updates.Installed(), offers) {
		view.Offers = append(view.Offers, p.offerRow(o, mayAct))
	}
	order, err := p.Updates.Order(ctx)
	if len(order) > 1 {
		for _, step := range order {
			view.Order = append(view.Order, step.Name)
		}
	}
	return view, err
}

// failedCheck returns the last check that has ended, if it failed.
func (p *Pages) failedCheck(ctx context.Context) (*failedCheck, error) {
	last, err := p.Tasks.List(ctx, task.Filter{Kind: updates.KindCheck, Limit: 2})
	if err != nil {
		return nil, err
	}
	if len(last) > 0 && last[0].State.Live() {
		last = last[1:]
	}
	if len(last) == 0 || last[0].State == task.Done {
		return nil, nil
	}
	t := last[0]
	return &failedCheck{At: ui.At(t.Ended, p.zone()), Text: ui.Sentence(t.Error), Task: pathTasks + "/" + t.ID}, nil
}

// howMany says how many updates there are, and how many of them can be installed
// now (guide: There are updates available to be installed).
func howMany(offers []updates.Offer) string {
	if len(offers) == 0 {
		return "What the update server had when it was asked last."
	}
	now := 0
	for _, o := range offers {
		if o.Installable {
			now++
		}
	}
	return fmt.Sprintf("There are updates available to be installed: %d of %d can be installed now.", now, len(offers))
}

// byTurn puts offers in the order in which they can be installed: first those
// that can be now, then by how many installs it takes to get there.
func byTurn(state plan.State, offers []updates.Offer) []updates.Offer {
	var all []pack.Summary
	for _, o := range offers {
		all = append(all, o.Summary)
	}
	turns := map[string]int{}
	for _, o := range offers {
		path, err := plan.Path(state, all, o.Summary.Release)
		switch {
		case o.Installable:
			turns[o.Target.Name] = 1
		case err != nil: // nothing on offer leads there
			turns[o.Target.Name] = math.MaxInt
		default:
			turns[o.Target.Name] = max(len(path), 2)
		}
	}
	slices.SortStableFunc(offers, func(a, b updates.Offer) int { return cmp.Compare(turns[a.Target.Name], turns[b.Target.Name]) })
	return offers
}

func (p *Pages) offerRow(o updates.Offer, mayAct bool) offerRow {
	row := offerRow{Name: o.Summary.Name, What: whatItDoes(o.Target.Length, o.Summary), Notes: joined(o.Summary.Notes), Reason: o.Reason, Advice: o.Advice}
	if c := o.Summary.Customer; c != nil {
		row.Facts = customerFacts(c.Hostname, c.Licenses, c.Expires, p.zone())
	}
	if o.Here {
		row.What = append(row.What, "on the appliance already")
	}
	path := pathAvailable + "/" + url.PathEscape(o.Target.Name)
	switch {
	case !mayAct || !o.Installable:
	case o.Here:
		row.Install = pathPackages + "/" + hex.EncodeToString(o.Target.SHA256[:])
	case o.Summary.Kind == pack.Site && o.Target.EULA == "":
		row.Download = path + "/download" // its agreement can be read only then
	default:
		row.Install, row.Download = path, path+"/download"
	}
	return row
}

// broken is a line that goes on: the next one is neither empty nor an item of a
// list.
var broken = regexp.MustCompile(`(\S)\n *([^\s-])`)

// joined makes one line of each paragraph and of each item of a list, so that
// only the page's width breaks them.
func joined(notes string) string { return broken.ReplaceAllString(notes, "$1 $2") }

// whatItDoes says in a few words what an update costs.
func whatItDoes(length int64, s pack.Summary) []string {
	what := []string{megabytes(length), "about " + ui.Count(max(s.Minutes, 1), "minute")}
	if s.Restart {
		what = append(what, "restarts the appliance")
	}
	if s.Clients {
		return append(what, "clients have to upgrade")
	}
	return append(what, "clients are not changed")
}

// customerFacts are what stands under a site package (guide: Primary Hostname,
// Licenses, Expires).
func customerFacts(hostname string, licenses int, expires time.Time, zone *time.Location) []ui.Fact {
	end := ui.Fact{Name: "Expires", Text: "Never"}
	if !expires.IsZero() {
		at := ui.At(expires, zone)
		end = ui.Fact{Name: "Expires", Time: &at}
	}
	return []ui.Fact{{Name: "Primary Hostname", Text: hostname}, {Name: "Licenses", Text: strconv.Itoa(licenses)}, end}
}

// checkForUpdates submits the task that asks, and shows it.
func (p *Pages) checkForUpdates(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	t, _, err := p.Updates.Check(r.Context(), principal.Actor())
	return p.updateTask(w, r, t.ID, err)
}

// downloadPackage submits the task that brings a package, and shows it.
func (p *Pages) downloadPackage(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	t, _, err := p.Updates.Download(r.Context(), principal.Actor(), chi.URLParam(r, "name"))
	return p.updateTask(w, r, t.ID, err)
}

func (p *Pages) updateTask(w http.ResponseWriter, r *http.Request, id string, err error) error {
	if err == nil {
		return ui.Done(w, r, pathTasks+"/"+id, "")
	}
	text, known := refusedPackage(err)
	if !known && (errors.Is(err, updates.ErrNoServer) || errors.Is(err, updates.ErrNoOffer) || errors.Is(err, updates.ErrReadFirst)) {
		text, known = ui.Sentence(err.Error()), true
	}
	if !known {
		return err
	}
	gate.Refuse(w, r, gate.Problem{Status: http.StatusConflict, Code: "conflict", Title: "Nothing was started", Text: text, Page: pathUpdates})
	return nil
}
