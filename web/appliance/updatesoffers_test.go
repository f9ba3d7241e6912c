// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"understudy/appliance/base/updates"
	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/task"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/trust"
	"understudy/web/appliance/appliancetest"
	"understudy/web/ui/uitest"
)

// shop is an update server without a network; its packages cannot be fetched.
type shop struct {
	view    *trust.Publisher
	refuses error
}

func (s *shop) Check(context.Context, string) (updates.View, error) { return s, s.refuses }

func (s *shop) Fetch(_ context.Context, path string, _ int64) ([]byte, error) {
	return s.view.File(path)
}

func (s *shop) Package(context.Context, string, int64) (io.ReadCloser, int64, int64, error) {
	return nil, 0, 0, errors.New("nothing is sent here")
}

// release is a package that is on offer, and what it asks for.
func release(kind pack.Kind, version, name string, needs ...pack.Requirement) pack.Summary {
	s := pack.Summary{
		Format: pack.Format, Product: pack.Product, Architecture: pack.Architecture,
		Release: pack.Release{Kind: kind, Version: version, Tree: 1}, Name: name, Build: "test", Minutes: 2,
		Restart: kind == pack.Base, Clients: kind == pack.Site, Built: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Requires: needs,
	}
	s.Notes = "- Asking Support is no\n  longer necessary.\n- Another thing.\n\nA paragraph\nof two lines.\n"
	if kind == pack.Site {
		s.Customer = &pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 5}
	}
	return s
}

func needsBase(version string) pack.Requirement {
	return pack.Requirement{Kind: pack.Base, Min: version, Package: "Base Software " + version}
}

// shopping is a box, on Base 3.3.2, whose update server has five updates, two of
// which can be installed now.
type shopping struct {
	*appliancetest.Box
	*appliancetest.Browser
	shop   *shop
	vendor *updatestest.Vendor
	site   []byte // package Bomgar-12.2.0
}

func goShopping(t *testing.T) *shopping {
	t.Helper()
	s := &shopping{vendor: updatestest.NewVendor(t), shop: &shop{}}
	s.Box = appliancetest.New(t, appliancetest.Options{
		Changed: true, TrustRoot: s.vendor.Root(), UpdateServer: "updates.example.com:8444",
		Dial: func(string, string, func(string) error) (updates.Server, error) { return s.shop, nil },
	})
	s.Browser = s.SignIn(t, "admin", appliancetest.Password)
	site := release(pack.Site, "12.2.0", "Bomgar-12.2.0", needsBase("3.3.2"))
	var b bytes.Buffer
	if _, _, err := pack.Write(&b, site, map[pack.Role]pack.Source{pack.Program: pack.Bytes([]byte("program")), pack.EULA: pack.Bytes([]byte("Be good.\n"))}); err != nil {
		t.Fatal(err)
	}
	s.site = b.Bytes()
	list := []pack.Summary{
		site, release(pack.Site, "14.2.1", "Bomgar-14.2.1", needsBase("4.2.1")), release(pack.Site, "19.1.1", "BeyondTrust 19.1.1", needsBase("5.1.0")),
		release(pack.Base, "5.1.0", "Base Software 5.1.0", needsBase("4.2.1")), release(pack.Base, "4.2.1", "Base Software 4.2.1", needsBase("3.3.2")),
	}
	var targets []trust.Target
	for _, p := range list {
		target := trust.Target{Name: string(p.Kind) + "-" + p.Version, Length: int64(len(s.site)), SHA256: sha256.Sum256([]byte(p.Name)), Summary: p}
		if p.Kind == pack.Site {
			target.EULA = "Be good.\n"
		}
		if p.Name == site.Name {
			target.SHA256 = sha256.Sum256(s.site)
		}
		targets = append(targets, target)
	}
	var err error
	if s.shop.view, err = trust.OpenPublisher(s.vendor.Keys(), t.TempDir()); err == nil {
		err = s.shop.view.Publish(targets, s.Time.Now(), false)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// check presses Check for updates, and waits for the end of the task.
func (s *shopping) check(t *testing.T) task.Task {
	t.Helper()
	a := s.Post("/appliance/updates/check")
	id, found := strings.CutPrefix(a.Location, "/appliance/status/tasks/")
	if !found {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	return waitFor(t, s.Box, id, func(x task.Task) bool { return !x.State.Live() })
}

// inOrder reports whether a page holds these words one after the other.
func inOrder(body string, words ...string) bool {
	for _, w := range words {
		_, rest, found := strings.Cut(body, w)
		if !found {
			return false
		}
		body = rest
	}
	return true
}

// What can be installed now comes first and is counted, what comes later stands
// in the order in which it can be installed. Notes break where the page wants it.
func TestWhatCanBeInstalledComesFirst(t *testing.T) {
	s := goShopping(t)
	if end := s.check(t); end.State != task.Done {
		t.Fatalf("%+v", end)
	}
	a := s.Get("/appliance/updates")
	uitest.CheckPage(t, []byte(a.Body))
	_, offers, _ := strings.Cut(a.Body, `<div class="choice offer`)
	if !inOrder(offers, "<strong>Base Software 4.2.1", "Install This Update", "<strong>Bomgar-12.2.0", "Install This Update", "<strong>Base Software 5.1.0", "<strong>Bomgar-14.2.1", "<strong>BeyondTrust 19.1.1") {
		t.Errorf("another order: %s", offers)
	}
	if !a.Shows("There are updates available to be installed: 2 of 5 can be installed now.") {
		t.Errorf("no count: %s", a.Body)
	}
	const notes = "<p class=\"notes\">- Asking Support is no longer necessary.\n- Another thing.\n\nA paragraph of two lines.\n</p>"
	for _, path := range []string{"/appliance/updates", "/appliance/updates/available/base-4.2.1"} {
		if a := s.Get(path); !a.Shows(notes) {
			t.Errorf("%s breaks lines of its own: %s", path, a.Body)
		}
	}
}

// A package that lies on the box has one button.
func TestAPackageOnTheBoxHasOneButton(t *testing.T) {
	s := goShopping(t)
	s.check(t)
	var file bytes.Buffer
	if err := trust.WriteOffline(&file, s.vendor.Keys().Roots(), s.shop.view.Targets(), "site-12.2.0", bytes.NewReader(s.site)); err != nil {
		t.Fatal(err)
	}
	ready, err := s.Updates.Upload(t.Context(), adminActor, &file, false)
	if err != nil {
		t.Fatal(err)
	}
	a := s.Get("/appliance/updates")
	uitest.CheckPage(t, []byte(a.Body))
	if n := strings.Count(a.Body, `href="/appliance/updates/packages/`+ready.ID+`"`); n != 1 {
		t.Errorf("%d buttons: %s", n, a.Body)
	}
	if !a.Shows("on the appliance already") || !a.Shows(`<a href="#available">Under Available Updates</a>`) {
		t.Errorf("neither place names the other: %s", a.Body)
	}
}

// Who checks and gets no answer sees so on Updates, and that the list is the old
// one; the next check that works ends that.
func TestAFailedCheckShowsOnUpdates(t *testing.T) {
	s := goShopping(t)
	s.shop.refuses = errors.New("the update server does not answer")
	for _, worked := range []bool{false, true} {
		s.Time.Pass(time.Minute)
		failed := s.check(t)
		a := s.Get("/appliance/updates")
		uitest.CheckPage(t, []byte(a.Body))
		if failed.State != task.Failed || !a.Shows("The last check failed") || !a.Shows("The update server does not answer.") || !a.Shows(`<a href="/appliance/status/tasks/`+failed.ID+`">`) {
			t.Errorf("after a check that worked (%t): %s", worked, a.Body)
		}
		if a.Shows("The list below is older.") != worked {
			t.Errorf("what it says of the list, worked: %t", worked)
		}
		s.Time.Pass(time.Minute)
		refuses := s.shop.refuses
		s.shop.refuses = nil
		if s.check(t); s.Get("/appliance/updates").Shows("The last check failed") {
			t.Error("it stays after a check that worked")
		}
		s.shop.refuses = refuses
	}
}

// The key is what the page is opened for, and where to take it is a link. Who
// loads the page again, or goes back to it, comes to the page that makes one.
func TestTheDownloadKeyIsSeen(t *testing.T) {
	s := goShopping(t)
	a := s.Post("/appliance/updates/download-key", again()...)
	uitest.CheckPage(t, []byte(a.Body))
	if a.Status != 200 || !a.Shows(`<p class="secret" id="key" tabindex="-1" autofocus data-focus>USK1-`) || !a.Shows(`<a href="https://updates.example.com:8444/">https://updates.example.com:8444/</a>`) {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	for _, path := range []string{"download-key", "upload", "check"} {
		if a := s.Get("/appliance/updates/" + path); a.Status != 303 || !strings.HasPrefix(a.Location, "/appliance/updates#") {
			t.Errorf("%s: %d %s", path, a.Status, a.Location)
		}
	}
}

// A file that is not whole, or not what was signed, says how to come by another
// one: the update server gives each once.
func TestARefusedUploadNamesTheWay(t *testing.T) {
	s := goShopping(t)
	var file bytes.Buffer
	if err := trust.WriteOffline(&file, s.vendor.Keys().Roots(), s.shop.view.Targets(), "site-12.2.0", bytes.NewReader(s.site)); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-9] ^= 1
	for name, content := range map[string][]byte{"cut": whole[:len(whole)-9], "damaged": damaged} {
		body := "--x\r\nContent-Disposition: form-data; name=\"package\"; filename=\"a.update\"\r\n\r\n" + string(content) + "\r\n--x--\r\n"
		a := s.Do("POST", "/appliance/updates/upload", body, map[string][]string{"Content-Type": {"multipart/form-data; boundary=x"}})
		if a.Status != 422 || !a.Shows("within 24 hours from the same link") || !a.Shows("ask Support to reissue") || a.Shows("Download it again") {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
}
