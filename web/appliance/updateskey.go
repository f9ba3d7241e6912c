// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"errors"
	"net/http"

	"understudy/appliance/base/updates"
	"understudy/web/gate"
	"understudy/web/ui"
)

// leadTo answers with another page.
func leadTo(page string) action {
	return func(w http.ResponseWriter, r *http.Request) error { return ui.Done(w, r, page, "") }
}

// makeKey makes an Appliance Download Key and shows it.
func (p *Pages) makeKey(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	forms := updatesForms{upload: uploadForm()}
	key, err := p.Updates.DownloadKey(r.Context(), principal.Actor())
	switch {
	case errors.Is(err, updates.ErrKeyFromSupport), errors.Is(err, updates.ErrNoIdentity):
		gate.Refuse(w, r, gate.Problem{Status: http.StatusConflict, Code: "conflict", Title: "There is no download key", Text: ui.Sentence(err.Error()), Page: pathUpdates})
		return nil
	case err != nil:
		return err
	}
	forms.made = key
	return p.updatesPage(w, r, forms)
}
