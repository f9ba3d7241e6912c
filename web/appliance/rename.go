// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"net/http"

	"understudy/appliance/account"
	"understudy/web/gate"
	"understudy/web/ui"
)

func displayNameForm(current string) ui.Form {
	return ui.Form{
		Action: pathAccount + "/name",
		Fields: []ui.Field{{Name: "display-name", Label: "Display Name", Value: current, Complete: "name", Max: 100, Width: "middle",
			Help: "Shown beside your user name. Empty takes the user name."}},
		Submit: "Save Changes",
	}
}

// renameSelf changes the caller's own display name.
func (p *Pages) renameSelf(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	name := r.PostForm.Get("display-name")
	err := p.Accounts.Update(r.Context(), principal.Actor(), principal.Session.UserID, account.UserChange{DisplayName: &name})
	form := displayNameForm(name)
	if wrong, err := userErrors(err, &form); err != nil {
		return err
	} else if wrong {
		return p.accountPage(w, r, accountForms{name: &form})
	}
	return ui.Done(w, r, pathAccount, "name-changed")
}
