// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"net/http"
	"os"
	"testing"

	"understudy/integration/box"
	"understudy/integration/chromium"
	"understudy/integration/person"
	"understudy/integration/vm"
	"understudy/web/gate"
)

// target is the box whose pages are looked at: one that is booted for it, or
// the one at UNDERSTUDY_URL, whose account UNDERSTUDY_USER (admin) has the
// password UNDERSTUDY_PASSWORD, or the first-login one and gets this one. With
// a box from `make run` this is the quick loop for work on pages:
//
//	UNDERSTUDY_URL=https://127.0.0.1:8443 go test -count 1 ./integration/browser -run Pages
type target struct {
	url            string
	user, password string
	fresh          bool     // nobody has signed in yet
	box            *box.Box // nil if it is not ours: nobody reboots it then

	paths map[string]string // pages whose address is known only once they are there, by {name}
	links map[string]string // where the pages lead, and a page that does
}

func openTarget(t *testing.T) *target {
	t.Helper()
	s := &target{url: os.Getenv("UNDERSTUDY_URL"), user: os.Getenv("UNDERSTUDY_USER"), password: os.Getenv("UNDERSTUDY_PASSWORD")}
	if s.user == "" {
		s.user = box.Admin
	}
	if s.password == "" {
		s.password = box.Password
	}
	if s.url == "" {
		s.box = box.Start(t, vm.Spec{Name: "pages", Firmware: vm.Direct, DiskGiB: 4})
		s.url = s.box.Pages(t)
	}
	p := s.person(t)
	p.Open("/appliance/sign-in")
	box.SignIn(p, s.user, box.FirstPassword)
	if s.fresh = p.Page.URL.Path == "/appliance/change-password"; s.fresh {
		p.Press("Sign Out")
	}
	return s
}

// person is somebody without scripts at the same box.
func (s *target) person(t *testing.T) *person.Person {
	t.Helper()
	return person.New(t, s.url, build+"/failed")
}

// signedIn is somebody who has signed in.
func (s *target) signedIn(t *testing.T, user, password string) *person.Person {
	t.Helper()
	p := s.person(t)
	p.Open("/appliance/sign-in")
	box.SignIn(p, user, password)
	p.Arrive("/appliance/status/basics")
	return p
}

// session lends a person's session to a tab.
func (s *target) session(t *testing.T, tab *chromium.Tab, p *person.Person) {
	t.Helper()
	if err := tab.Cookie(t.Context(), s.url, cookieOf(t, p)); err != nil {
		t.Fatal(err)
	}
}

func cookieOf(t *testing.T, p *person.Person) *http.Cookie {
	t.Helper()
	for _, c := range p.Client().Jar.Cookies(p.Page.URL) {
		if c.Name == gate.Cookie {
			return c
		}
	}
	t.Fatal("there is no session")
	return nil
}
