// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"context"
	"net/http"
	"time"

	"understudy/appliance/account"
	"understudy/web/gate"
	"understudy/web/services"
	"understudy/web/ui"
)

type tokenRow struct {
	Name     string
	Scopes   []string
	Created  ui.Moment
	LastUsed ui.Moment
	Expires  ui.Moment
	Expired  bool
	Revoke   ui.Button
}

// tokenForm makes a token: what to call it, what it may do, how long.
type tokenForm struct {
	ui.Form
	Scopes []ui.Field
	Error  string // at the list of scopes
}

// lifetimes are what the form offers, in days.
var lifetimes = []struct {
	label string
	days  int
}{{"7 days", 7}, {"30 days", 30}, {"90 days", 90}, {"1 year", 365}}

func newTokenForm(role account.Role) tokenForm {
	f := tokenForm{Form: ui.Form{Action: pathAccount + "/tokens", Submit: "Create Token"}}
	f.Fields = []ui.Field{
		{Name: "token-name", Label: "Token Name", Max: 100, Required: true, Width: "middle", Help: "What uses it, so that you know it again."},
		{Name: "lifetime", Label: "Valid For", Type: "select", Width: "short"},
	}
	for _, l := range lifetimes {
		f.Fields[1].Options = append(f.Fields[1].Options, ui.Option{Value: l.label, Label: l.label, Selected: l.days == 90})
	}
	for _, s := range services.Scopes() {
		if role == account.Administrator || s.Role != account.Administrator {
			f.Scopes = append(f.Scopes, ui.Field{Name: "scope-" + s.Name, Label: s.Text, Type: "checkbox", Help: s.Name})
		}
	}
	return f
}

// tokenRows lists the tokens of a user.
func (p *Pages) tokenRows(ctx context.Context, user int64) ([]tokenRow, error) {
	tokens, err := p.Accounts.Tokens(ctx, user)
	if err != nil {
		return nil, err
	}
	rows := make([]tokenRow, 0, len(tokens))
	for _, t := range tokens {
		rows = append(rows, tokenRow{
			Name: t.Name, Scopes: t.Scopes,
			Created: ui.At(t.Created, p.zone()), LastUsed: ui.At(t.LastUsed, p.zone()), Expires: ui.At(t.Expires, p.zone()),
			Expired: !t.Expires.After(p.Now()),
			Revoke:  ui.Button{Label: "Revoke", Post: pathAccount + "/tokens/" + itoa(t.ID) + "/revoke", Kind: "little danger", Note: "the token " + t.Name},
		})
	}
	return rows, nil
}

// addToken makes a token for the caller, and shows its secret this once.
func (p *Pages) addToken(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	form := newTokenForm(principal.Session.Role)
	form.Fill(r.PostForm)
	var scopes []string
	for i := range form.Scopes {
		if field := &form.Scopes[i]; r.PostForm.Get(field.Name) != "" {
			field.Checked = true
			scopes = append(scopes, field.Help)
		}
	}
	var life time.Duration
	for _, l := range lifetimes {
		if l.label == r.PostForm.Get("lifetime") {
			life = time.Duration(l.days) * 24 * time.Hour
		}
	}
	switch {
	case len(scopes) == 0:
		form.Error = "Choose at least one thing that the token may do."
		form.Fail(map[string]string{"scopes": form.Error})
	case life == 0:
		form.Fail(map[string]string{"lifetime": "Choose how long the token is valid."})
	}
	if form.Wrong() {
		return p.accountPage(w, r, accountForms{token: &form})
	}
	secret, _, err := p.Accounts.NewToken(r.Context(), principal.Actor(), principal.Session.UserID, form.Field("token-name").Value, scopes, life)
	if wrong, err := userErrors(err, &form.Form); err != nil {
		return err
	} else if wrong {
		return p.accountPage(w, r, accountForms{token: &form})
	}
	return p.accountPage(w, r, accountForms{secret: secret})
}

// revokeToken ends one of the caller's own tokens.
func (p *Pages) revokeToken(w http.ResponseWriter, r *http.Request) error {
	principal, _ := gate.From(r.Context())
	tokens, err := p.Accounts.Tokens(r.Context(), principal.Session.UserID)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if itoa(t.ID) == gate.Param(r, "id") {
			if err := p.Accounts.RevokeToken(r.Context(), principal.Actor(), t.ID); err != nil {
				return err
			}
			return ui.Done(w, r, pathAccount, "token-revoked")
		}
	}
	return account.ErrNotFound
}
