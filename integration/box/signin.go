// SPDX-License-Identifier: Apache-2.0

package box

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"understudy/appliance/client/applianceapi"
	"understudy/integration/chromium"
	"understudy/integration/person"
)

// The first sign-in, as the guide has it, and the password that tests choose.
const (
	Admin         = "admin"
	FirstPassword = "password"
	Password      = "a lighthouse in the fog"
)

// Person is somebody before the box's pages who has opened nothing yet.
func (b *Box) Person(t testing.TB) *person.Person {
	t.Helper()
	return person.New(t, b.Pages(t), filepath.Dir(b.Log()))
}

// Pages is the URL of the box's pages, as soon as they answer there. A box is
// healthy before it has its address, and a connection that begins too early is
// tried again by QEMU's network after 6, 18 and 42 seconds only.
func (b *Box) Pages(t testing.TB) string {
	t.Helper()
	for ctx := b.Within(t, time.Minute); ; {
		try, cancel := context.WithTimeout(ctx, 4*time.Second)
		_, _, err := applianceapi.Presented(try, b.URL(443))
		if err == nil {
			cancel()
			return b.URL(443)
		}
		<-try.Done() // what failed at once is not tried again at once
		cancel()
		if ctx.Err() != nil {
			t.Fatalf("the pages do not answer: %v", err)
		}
	}
}

// FirstSignIn signs in for the first time and makes the change of password
// that is asked for before anything else.
func (b *Box) FirstSignIn(t testing.TB) *person.Person {
	t.Helper()
	p := b.Person(t)
	p.Open("/appliance")
	SignIn(p, Admin, FirstPassword)
	p.Arrive("/appliance/change-password")
	ChangePassword(p, FirstPassword, Password)
	return p
}

// SignIn fills in the sign-in page, at which p is.
func SignIn(p *person.Person, user, password string) {
	p.Fill("Username", user)
	p.Fill("Password", password)
	p.Press("Sign In")
}

// ChangePassword fills in the page that asks for a new password.
func ChangePassword(p *person.Person, old, fresh string) {
	p.Fill("Current Password", old)
	p.Fill("New Password", fresh)
	p.Fill("New Password Again", fresh)
	p.Press("Change Password")
}

// Confirm fills in the password where a form, or the page that comes between,
// asks for it once more, and presses the button.
func Confirm(p *person.Person, button, password string) {
	if p.Has("Your Password") {
		p.Fill("Your Password", password)
	}
	p.Press(button)
	if p.Page.Title() == "Confirm with your password" {
		p.Fill("Your Password", password)
		p.Press("Continue")
	}
}

// ConfirmIn is Confirm in a browser.
func ConfirmIn(ctx context.Context, tab *chromium.Tab, button, password string) error {
	if has, err := tab.Has(ctx, "Your Password"); err != nil {
		return err
	} else if has {
		if err := tab.Fill(ctx, "Your Password", password); err != nil {
			return err
		}
	}
	if err := tab.Press(ctx, button); err != nil {
		return err
	}
	if asks, err := tab.Shows(ctx, "Confirm with your password"); err != nil || !asks {
		return err
	}
	tab.Forgive(http.StatusForbidden)
	if err := tab.Fill(ctx, "Your Password", password); err != nil {
		return err
	}
	return tab.Press(ctx, "Continue")
}

// API is a client of the box's API, signed in. It trusts the certificate that
// the box shows now, and no other later.
func (b *Box) API(t testing.TB, user, password string) *applianceapi.Client {
	t.Helper()
	ctx := b.Within(t, answer)
	stranger := b.Stranger(t)
	client, _, err := stranger.SignIn(ctx, applianceapi.Credentials{Username: user, Password: password})
	if err != nil {
		t.Fatalf("sign in to the API: %v", err)
	}
	return client
}

// Stranger is a client of the box's API without a session.
func (b *Box) Stranger(t testing.TB) *applianceapi.Client {
	t.Helper()
	url := b.Pages(t)
	fingerprint, _, err := applianceapi.Presented(b.Within(t, answer), url)
	if err != nil {
		t.Fatal(err)
	}
	client, err := applianceapi.New(applianceapi.Options{URL: url, Fingerprint: fingerprint, Agent: "test", Timeout: b.Scale(answer)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}
