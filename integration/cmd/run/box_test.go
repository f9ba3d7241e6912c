// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/bootimg"
	"understudy/integration/updateserver"
)

func testBox(t *testing.T) (*box, *bytes.Buffer, *teller) {
	t.Helper()
	dir := t.TempDir()
	manifest := filepath.Join(dir, "image.json")
	if err := os.WriteFile(manifest, []byte("kernel 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := &box{settings: settings{base: "3.2.4", site: "12.1.4"}, dir: filepath.Join(dir, "run"), image: bootimg.Artifacts{Manifest: manifest}, https: 8443}
	if err := b.hold(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.close)
	var out bytes.Buffer
	return b, &out, &teller{out: &out, start: time.Now(), now: time.Now}
}

func TestOneRunPerDisk(t *testing.T) {
	b, _, _ := testBox(t)
	second := &box{dir: b.dir}
	if err := second.hold(); err == nil || !strings.Contains(err.Error(), "running already") {
		t.Errorf("a second run of the same disk: %v", err)
	}
	b.close()
	if err := second.hold(); err != nil {
		t.Errorf("after the first has ended: %v", err)
	}
	second.close()
}

func TestWhatAnEarlierRunHasLeft(t *testing.T) {
	b, out, teller := testBox(t)
	look := func(kept bool, said string) {
		t.Helper()
		out.Reset()
		if err := b.look(teller); err != nil {
			t.Fatal(err)
		}
		if b.kept != kept || !strings.Contains(out.String(), said) || said == "" && out.Len() > 0 {
			t.Errorf("kept %v, said %q", b.kept, out)
		}
	}
	look(false, "")
	if err := os.WriteFile(b.diskPath(), []byte("disk"), 0o600); err != nil {
		t.Fatal(err)
	}
	look(true, "")
	if err := os.Remove(filepath.Join(b.dir, "began")); err != nil {
		t.Fatal(err)
	}
	if look(true, ""); b.began != "3.2.4/12.1.4" {
		t.Errorf("without a note, it began as %q", b.began)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "began"), []byte("3.2.4/12.1.4"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.base, b.site = "4.2.1", "14.2.1"
	look(true, "began as 3.2.4/12.1.4 and goes on as it is now. FRESH=1 starts over as 4.2.1/14.2.1")
	if b.began != "3.2.4/12.1.4" {
		t.Errorf("began as %q", b.began)
	}
	b.base, b.site = "3.2.4", "12.1.4"
	if err := os.WriteFile(b.image.Manifest, []byte("kernel 2"), 0o600); err != nil {
		t.Fatal(err)
	}
	look(true, "another build")
	b.fresh = true
	look(false, "")
	if _, err := os.Stat(b.diskPath()); err == nil {
		t.Error("FRESH=1 leaves the disk")
	}
}

// A disk from before the update server is told so, at each run until it starts
// over.
func TestADiskFromBeforeTheUpdateServer(t *testing.T) {
	b, _, _ := testBox(t)
	b.updates = &updateserver.Server{URL: "https://127.0.0.1:9443", Port: "9443"}
	is := func(strange, known bool) {
		t.Helper()
		got, err := b.isStrange(b.dir, known)
		if err != nil || got != strange {
			t.Errorf("kept %v, server known %v: strange is %v, %v", b.kept, known, got, err)
		}
	}
	is(false, false)
	b.kept = true
	is(false, true)
	is(true, false)
	is(true, true)
	const want = "If Updates > Check does not name 10.0.2.2:9443"
	for _, b.strange = range []bool{false, true} {
		text := b.welcome("AB:CD", "", "/x/serial.log")
		if strings.Contains(text, want) != b.strange || strings.Contains(text, "FRESH=1 starts over with it") != b.strange {
			t.Errorf("strange %v:\n%s", b.strange, text)
		}
	}
}

func TestWelcome(t *testing.T) {
	b, _, _ := testBox(t)
	for _, c := range []struct {
		kept, own bool
		want      string
	}{
		{false, false, "admin / password, and then choose"},
		{false, true, "with the password of your seed"},
		{true, true, "with the password you have chosen"},
	} {
		b.kept, b.setsOwnPW = c.kept, c.own
		text := b.welcome("AB:CD", "status: certificate SHA-256: AB:CD\n", "/x/serial.log")
		for _, want := range []string{c.want, "https://127.0.0.1:8443/appliance", "SHA-256 AB:CD", "the same as on the console", "/x/serial.log", "FRESH=1"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in:\n%s", want, text)
			}
		}
	}
}

// Of a disk of an earlier run nobody knows here what it runs by now, nor which
// passwords were chosen since.
func TestWelcomeSaysOnlyWhatIsKnown(t *testing.T) {
	b, _, _ := testBox(t)
	b.began = "3.2.4/12.1.4"
	const chosen = "admin, with the password you have chosen (admin / password if you never did)"
	for _, c := range []struct {
		kept        bool
		seed        string
		wants, lies []string
	}{
		{false, "", []string{"understudyctl path --from 3.2.4/12.1.4 --to 19.1.1", "/login is the site: admin / password."}, []string{"Status > Basics names"}},
		{true, "", []string{"understudyctl path --from BASE/SITE --to 19.1.1, as Status > Basics names them", "/login is the site: " + chosen + "."}, []string{"3.2.4"}},
		{false, "[accounts]\nsite_password_hash = '" + someHash + "'\n", []string{"/login is the site: admin, with the password of your seed."}, []string{"site: admin / password"}},
	} {
		b.kept, b.seed = c.kept, []byte(c.seed)
		for _, b.cut = range []bool{false, true} {
			text := b.welcome("AB:CD", "", "/x/serial.log")
			for _, want := range c.wants {
				if !strings.Contains(text, want) {
					t.Errorf("kept %v: no %q in:\n%s", c.kept, want, text)
				}
			}
			for _, lie := range c.lies {
				if strings.Contains(text, lie) {
					t.Errorf("kept %v: %q in:\n%s", c.kept, lie, text)
				}
			}
		}
	}
}

// someHash is of no password that anybody knows.
var someHash = "$argon2id$v=19$m=19456,t=2,p=1$" + strings.Repeat("A", 22) + "$" + strings.Repeat("A", 43)

// What is built is not what a disk of an earlier run has.
func TestWhatIsBuilt(t *testing.T) {
	b, _, _ := testBox(t)
	if got := b.building(); got != "Building Base 3.2.4" {
		t.Error(got)
	}
	if err := os.WriteFile(b.diskPath(), []byte("disk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := b.building(); strings.Contains(got, "3.2.4") || !strings.Contains(got, "the disk of an earlier run keeps its own software") {
		t.Error(got)
	}
	if b.fresh = true; b.building() != "Building Base 3.2.4" {
		t.Error(b.building())
	}
}

// Who cut the network is not told to check for updates.
func TestWelcomeWithoutNetwork(t *testing.T) {
	b, _, _ := testBox(t)
	for _, b.cut = range []bool{false, true} {
		text := b.welcome("AB:CD", "", "/x/serial.log")
		if strings.Contains(text, "Check for updates") == b.cut || strings.Contains(text, "Appliance Download Key") != b.cut {
			t.Errorf("network cut: %v\n%s", b.cut, text)
		}
	}
}
