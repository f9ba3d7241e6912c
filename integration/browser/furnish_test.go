// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"strings"
	"testing"

	"understudy/integration/box"
	"understudy/integration/person"
)

// reader may look and not change anything.
const (
	reader         = "carol"
	readerPassword = "paper boats on a pond"
)

// furnish puts on the box what the pages then show: people in every state, a
// locked account, changes of configuration, a token, sign-ins of several kinds.
// What is there already from an earlier run is left as it is.
func furnish(t *testing.T, s *target, p *person.Person) {
	t.Helper()
	addUser(p, reader, "Carol of the night shift", "Read-only", readerPassword, false)
	addUser(p, "dave", "Dave", "Administrator", "a kettle on the stove", false)
	addUser(p, "erin", "Erin", "Read-only", "gravel under the wheels", false)
	addUser(p, "frank", "", "Administrator", "snow on the signal box", true)
	stranger := s.person(t)
	for range 5 {
		stranger.Open("/appliance/sign-in")
		box.SignIn(stranger, "dave", "not the password")
	}
	p.Open("/appliance/users")
	s.paths = map[string]string{}
	for _, name := range []string{reader, "dave"} {
		path, err := p.Page.Link("Edit " + name)
		if err != nil {
			t.Fatal(err)
		}
		s.paths["{"+name+"}"] = path
	}
	p.Follow("Edit erin")
	p.Tick("Enabled", false)
	box.Confirm(p, "Save Changes", s.password)
	p.Open("/appliance/status/basics")
	p.Fill("Time Zone", "Europe/Berlin")
	p.PressBeside("Time Zone", "Save Changes")
	p.Open("/appliance/networking/ip")
	p.Fill("Host Name", "support.example.com")
	p.Fill("Reason", "the name that people type")
	p.PressBeside("Host Name", "Save Changes")
	p.Open("/appliance/security/configuration-history?area=network")
	for _, path := range p.Page.Links() {
		if strings.HasPrefix(path, "/appliance/security/configuration-history/") {
			s.paths["{changed}"] = path // the newest comes first
			break
		}
	}
}

func addUser(p *person.Person, name, display, role, password string, mustChange bool) {
	p.Open("/appliance/users")
	if p.Page.Shows(name) {
		return
	}
	p.Follow("Add User")
	p.Fill("Username", name)
	p.Fill("Display Name", display)
	p.Fill("Role", role)
	p.Fill("Password", password)
	p.Tick("Must change the password at the first sign-in", mustChange)
	box.Confirm(p, "Add User", box.Password)
}
