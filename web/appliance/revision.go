// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"errors"
	"net/http"
	"strings"

	"understudy/appliance/account"
	"understudy/appliance/base/clock"
	"understudy/appliance/base/network"
	"understudy/appliance/base/updates"
	"understudy/appliance/confirm"
	"understudy/appliance/revision"
	"understudy/web/gate"
	"understudy/web/ui"
)

// diffLine is a line of a diff; Class is plus, minus or empty, and Word is
// read out.
type diffLine struct{ Sign, Class, Word, Text string }

type revisionView struct {
	Heading ui.Heading
	Facts   []ui.Fact
	Lines   []diffLine
	First   bool
	Revert  *ui.Form
}

// showRevision answers one change of the configuration: its diff, and the way
// back.
func (p *Pages) showRevision(w http.ResponseWriter, r *http.Request) error {
	rev, err := p.revisionOf(r)
	if err != nil {
		return err
	}
	return p.revisionPage(w, r, rev, "", http.StatusOK)
}

func (p *Pages) revisionPage(w http.ResponseWriter, r *http.Request, rev revision.Revision, refusal string, status int) error {
	page, err := p.frame(r, pathHistory, "Security :: Revision "+itoa(rev.ID))
	if err != nil {
		return err
	}
	at := ui.AtSecond(rev.At, p.zone())
	view := revisionView{
		Heading: ui.Heading{ID: "revision", Area: "Security", Name: "Revision " + itoa(rev.ID)},
		Facts: []ui.Fact{
			{Name: "Area", Text: areaName(rev.Area)}, {Name: "When", Time: &at},
			{Name: "Who", Text: strings.TrimSuffix(rev.By.Name+" from "+rev.By.Address, " from ")},
			{Name: "Reason", Text: rev.Reason},
		},
		Lines: diffLines(rev),
		First: string(rev.Before) == "null",
	}
	if rev.Reverts != 0 {
		view.Facts = append(view.Facts, ui.Fact{Name: "Undoes", Link: &ui.Link{Label: "Revision " + itoa(rev.Reverts), Href: revisionPath(rev.Reverts)}})
	}
	if !page.User.ReadOnly && !view.First {
		view.Revert = &ui.Form{Action: revisionPath(rev.ID) + "/revert", Submit: "Revert This Change", Refused: refusal}
		p.askPasswordIn(r, view.Revert)
	}
	page.Body = view
	return p.show(w, status, "revision", page)
}

func diffLines(rev revision.Revision) []diffLine {
	var lines []diffLine
	for _, l := range revision.Diff(rev) {
		line := diffLine{Text: l.Text}
		switch l.Op {
		case '+':
			line.Sign, line.Class, line.Word = "+", "plus", "added: "
		case '-':
			line.Sign, line.Class, line.Word = "−", "minus", "removed: "
		}
		lines = append(lines, line)
	}
	return lines
}

// revert puts the area back to what it was before a revision. What the area's
// own checks refuse is said on the page of the revision.
func (p *Pages) revert(w http.ResponseWriter, r *http.Request) error {
	rev, err := p.revisionOf(r)
	if err != nil {
		return err
	}
	principal, _ := gate.From(r.Context())
	err = p.Book.Revert(r.Context(), principal.Actor(), rev.ID)
	if refusedRevert(err) {
		return p.revisionPage(w, r, rev, ui.Sentence(err.Error()), http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return ui.Done(w, r, pathHistory, "reverted")
}

// refusedRevert reports whether an error says why a change is not taken back,
// and not that something failed on this side.
func refusedRevert(err error) bool {
	for _, known := range []error{
		revision.ErrFirst, revision.ErrNothing, revision.ErrStale, confirm.ErrPending,
		account.ErrLastAdministrator, account.ErrOwnAccount, account.ErrExists,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	var trial *updates.TrialError
	var user *account.InvalidError
	var addresses *network.InvalidError
	var settings *clock.InvalidError
	return errors.As(err, &trial) || errors.As(err, &user) || errors.As(err, &addresses) || errors.As(err, &settings)
}
