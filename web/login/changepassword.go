// SPDX-License-Identifier: Apache-2.0

package login

import (
	"net/http"

	"understudy/web/signin"
	"understudy/web/ui"
)

// changeOwnPassword changes the password from My Account.
func (p *Pages) changeOwnPassword(w http.ResponseWriter, r *http.Request) error {
	form := signin.PasswordForm(pathAccount + "/password")
	if err := p.door.TakePassword(r, &form); err != nil {
		return err
	}
	if form.Wrong() {
		return p.accountPage(w, r, accountForms{password: &form})
	}
	return ui.Done(w, r, pathAccount, "password-changed")
}
