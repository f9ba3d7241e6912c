// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"understudy/appliance/layout"
)

// welcome is what a person needs to know once the appliance answers: console
// is what it has written so far, log the file that holds it.
func (b *box) welcome(fingerprint, console, log string) string {
	var w strings.Builder
	row := func(label, format string, args ...any) {
		fmt.Fprintf(&w, "    %-12s %s\n", label, fmt.Sprintf(format, args...))
	}
	w.WriteString("\n")
	row("Open", "%s", b.url())
	row("Sign in", "%s", b.credentials())
	row("Certificate", "SHA-256 %s", fingerprint)
	if strings.Contains(console, fingerprint) {
		row("", "the same as on the console; your browser warns, since no authority has signed it")
	} else {
		row("", "your browser warns, since no authority has signed it")
	}
	if b.updates != nil {
		row("Updates", "%s, the update server; serial number of this appliance %s", b.updates.URL, b.serial())
		if b.strange {
			row("", "%s", b.howToMeet())
		}
	}
	row("Console log", "%s", relative(log))
	row("State", "%s is kept; FRESH=1 make run starts over", relative(b.dir))
	w.WriteString(`
  What to try next
` + b.climb() + `
    - Networking > IP Configuration: add an address, do not confirm, and see the change undo itself.
    - Users: add a read-only user. Security > Audit shows who did what.
    - Status > Basics: restart the appliance and follow the task while it is away.
    - go run ./appliance/cmd/understudyctl login ` + b.origin() + `: the same from a terminal.
    - make run FIRMWARE=bios, or PROFILE=b300, beside this one.

  Ctrl-C here shuts the appliance down.

`)
	return w.String()
}

// climb says how the box gets newer software.
func (b *box) climb() string {
	order := "The order: understudyctl path --from " + b.began + " --to 19.1.1"
	if b.kept { // it has its own past
		order = "The order: understudyctl path --from BASE/SITE --to 19.1.1, as Status > Basics names them"
	}
	site := b.origin() + "/login is the site: " + b.siteCredentials() + "."
	if !b.cut {
		return "    - Updates: Check for updates, and climb to the newest software. " + order + `
    - ` + site + " NETWORK=cut make run rehearses the manual chapter."
	}
	support := ""
	if b.updates != nil {
		support = fmt.Sprintf(`
      Before Base 3.3.2 the key comes from Support: build/bin/updateserver --data %s key %s`, relative(filepath.Join(b.dir, "updates")), b.serial())
	}
	return "    - This appliance reaches nothing: Updates > Appliance Download Key, the update server's page in your browser, Manual Installation. " + order + support + `
    - ` + site + " make run without NETWORK=cut connects the appliance again."
}

// from is what is asked for, as understudyctl path wants it.
func (b *box) from() string {
	if b.site == noSite || b.site == "" || b.ownServer() { // whose server has the site packages
		return b.base
	}
	return b.base + "/" + b.site
}

// What is known of a password.
const (
	chosenPassword = "admin, with the password you have chosen (admin / password if you never did)"
	seedPassword   = "admin, with the password of your seed"
)

func (b *box) credentials() string {
	switch {
	case b.kept:
		return chosenPassword
	case b.setsOwnPW:
		return seedPassword
	}
	return "admin / password, and then choose a new password"
}

// siteCredentials are those of /login, which has its own accounts.
func (b *box) siteCredentials() string {
	s, err := layout.ParseSeed(b.seed)
	switch {
	case b.kept:
		return chosenPassword
	case err == nil && s.Accounts.SitePasswordHash != "":
		return seedPassword
	}
	return "admin / password"
}
