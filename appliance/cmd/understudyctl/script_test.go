// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"understudy/appliance/base/network/nettest"
	"understudy/appliance/base/slots/slotstest"
	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/trust"
	"understudy/web/api/apitest"
)

// asCommand makes the test program be understudyctl.
const asCommand = "UNDERSTUDYCTL_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(realMain())
	}
	nettest.Main(m)
}

// TestScripts runs the scripts in testdata, each with a box of its own, one
// after the other: there is one network.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("found %d scripts, %v", len(scripts), err)
	}
	for _, script := range scripts {
		t.Run(filepath.Base(script), func(t *testing.T) { runScript(t, script) })
	}
}

// writeUpdates puts update files where a script begins: update.usupd brings a
// newer Base software, old.usupd an older one, site.usupd a site package with a
// licence agreement, and early.usupd one that requires the newer Base software.
func writeUpdates(box *apitest.Box, dir string) error {
	for name, version := range map[string]string{"update.usupd": "4.2.1", "old.usupd": "3.2.4"} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		r := slotstest.Release(version)
		box.Vendor.Base(f, r, pack.Bytes(slotstest.UKI(r)))
		if err := f.Close(); err != nil {
			return err
		}
	}
	var site, early bytes.Buffer
	box.Vendor.Site(&site, "12.2.0", "Be good.\n")
	r := slotstest.Release("5.1.0")
	box.Vendor.Sign(&early, pack.Summary{
		Format: pack.Format, Product: pack.Product, Architecture: pack.Architecture, Name: "Base Software 5.1.0", Build: r.Build, Built: r.Built,
		Release:  pack.Release{Kind: pack.Base, Version: r.Version, Tree: r.Tree},
		Requires: []pack.Requirement{{Kind: pack.Base, Min: "4.2.1", Package: "Base Software 4.2.1"}},
	}, map[pack.Role]pack.Source{pack.UKI: pack.Bytes(slotstest.UKI(r))})
	return errors.Join(os.WriteFile(filepath.Join(dir, "site.usupd"), site.Bytes(), 0o600), os.WriteFile(filepath.Join(dir, "early.usupd"), early.Bytes(), 0o600))
}

// offer lets the box know an update server with a Base software, and two site
// packages of which only the older one can be installed.
func offer(t *testing.T, box *apitest.Box) error {
	var targets []trust.Target
	customer := &pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 25, Expires: time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC)}
	for _, r := range []pack.Release{{Kind: pack.Base, Version: "4.2.1"}, {Kind: pack.Site, Version: "12.2.0"}, {Kind: pack.Site, Version: "14.2.1"}} {
		e, ok := catalogue.Find(r.Kind, r.Version)
		if !ok {
			return fmt.Errorf("the catalogue has no %s %s", r.Kind, r.Version)
		}
		s := e.For(catalogue.Build{Tree: 1, ID: r.Version + "-1", Time: apitest.Release.Built}, nil)
		if r.Kind == pack.Site {
			s.Customer = customer
		}
		targets = append(targets, trust.Target{Name: string(r.Kind) + "-" + r.Version + "-1.pkg", Length: 61_234_567, SHA256: sha256.Sum256([]byte(r.Version)), Summary: s, EULA: e.EULA})
	}
	box.Offer(t, targets...)
	return nil
}

// runScript gives a script the variables $URL, $ADDRESS_URL (the box by its
// address on the LAN), $FINGERPRINT and $PORT, and the commands understudyctl
// and exits. It returns when the script has ended.
func runScript(t *testing.T, script string) {
	box := apitest.Start(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	t.Run("script", func(t *testing.T) {
		testscript.Run(t, testscript.Params{
			Files: []string{script},
			Setup: func(e *testscript.Env) error {
				e.Setenv(asCommand, "1")
				e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
				e.Setenv("TZ", "UTC")
				e.Setenv("URL", box.URL())
				e.Setenv("PORT", strconv.Itoa(box.Port()))
				e.Setenv("FINGERPRINT", box.Fingerprint())
				return writeUpdates(box, e.WorkDir)
			},
			Cmds: map[string]func(*testscript.TestScript, bool, []string){
				// understudyctl ARGS runs the program.
				"understudyctl": func(ts *testscript.TestScript, neg bool, args []string) {
					last = exitOf(ts.Exec(self, args...))
					if neg != (last != 0) {
						ts.Fatalf("understudyctl ended with %d", last)
					}
				},
				// offer lets the box know an update server.
				"offer":        func(ts *testscript.TestScript, _ bool, _ []string) { ts.Check(offer(t, box)) },
				"token":        setToken,
				"forge":        forge,
				"first-column": firstColumn,
				// exits CODE checks how the last run of the program ended.
				"exits": func(ts *testscript.TestScript, _ bool, args []string) {
					if len(args) != 1 || args[0] != strconv.Itoa(last) {
						ts.Fatalf("understudyctl ended with %d, want %v", last, args)
					}
				},
			},
		})
	})
}

// exitOf returns the exit code that an error of a finished program carries.
func exitOf(err error) int {
	if err == nil {
		return 0
	}
	if e, ok := err.(interface{ ExitCode() int }); ok {
		return e.ExitCode()
	}
	return -1
}

// setToken puts the first line of a file into a variable: token NAME FILE.
func setToken(ts *testscript.TestScript, _ bool, args []string) {
	secret, _, _ := strings.Cut(ts.ReadFile(args[1]), "\n")
	ts.Setenv(args[0], secret)
}

// forge replaces text in a file: forge FILE OLD NEW.
func forge(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not contain %s", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}

// firstColumn puts the first word of a table's first row into a variable:
// first-column FILE NAME.
func firstColumn(ts *testscript.TestScript, _ bool, args []string) {
	rows := strings.Split(ts.ReadFile(args[0]), "\n")
	if len(rows) < 2 || len(strings.Fields(rows[1])) == 0 {
		ts.Fatalf("%s holds no table", args[0])
	}
	ts.Setenv(args[1], strings.Fields(rows[1])[0])
}
