// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/task"
	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/checkin"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
	"understudy/pkgstore/trust"
)

// offer is what the update server has under a name.
func (b *box) offer(name string) Candidate {
	b.t.Helper()
	c, err := b.Offered(b.t.Context(), name)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// A Base software on offer is brought and installed by one task (guide: Install
// This Update).
func TestAnOfferIsInstalledByOneTask(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	b.serve()
	b.do(b.Check(t.Context(), ada))
	installing, created, err := b.Install(t.Context(), ada, b.offer("base-4.2.1-1.pkg"), Choice{})
	if err != nil || !created {
		t.Fatal(created, err)
	}
	b.restart()
	if u := b.state(); u.State != Armed || u.Task != installing.ID {
		t.Errorf("%+v", u)
	}
	if v := b.reboot(); v != "4.2.1" {
		t.Errorf("it runs %s", v)
	}
	if end := b.end(installing.ID); end.State != task.Done {
		t.Errorf("%+v", end)
	}
}

// Two administrators press Install at once, one of them for the package that the
// other has brought already: there is one task, and one update.
func TestTwoWhoInstall(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	s := b.serve()
	b.do(b.Check(t.Context(), ada))
	c := b.offer("base-4.2.1-1.pkg")
	hold := make(chan struct{})
	s.line = func(body io.Reader, _ int64) io.Reader { return io.MultiReader(waiting(hold), body) }
	first, created, err := b.Install(t.Context(), ada, c, Choice{})
	if err != nil || !created {
		t.Fatal(created, err)
	}
	// Meanwhile the same package is uploaded.
	r, err := b.Upload(t.Context(), ada, bytes.NewReader(s.file(c.Offer)), false)
	if err != nil || r.ID != c.ID {
		t.Fatalf("uploaded was %s, on offer is %s: %v", r.ID, c.ID, err)
	}
	second, created, err := b.installID(audit.Actor{Name: "bob", Via: "page"}, r.ID, Choice{})
	if err != nil || created || second.ID != first.ID {
		t.Errorf("the second has task %s, created %v, %v; the first %s", second.ID, created, err, first.ID)
	}
	close(hold)
	b.restart()
	past, err := b.History(t.Context())
	if err != nil || len(past) != 1 || past[0].By != "ada" {
		t.Errorf("history %+v, %v", past, err)
	}
}

// Eight press Install at the same moment, while eight others bring the same
// package by hand: there is one package, one task and one update, and it is of
// whoever came first.
func TestManyPressInstallAtOnce(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	s := b.serve()
	b.do(b.Check(t.Context(), ada))
	c, file := b.offer("base-4.2.1-1.pkg"), s.file("base-4.2.1-1.pkg")
	begin, hold := make(chan struct{}), make(chan struct{})
	b.machine.Step = func(string) error { <-hold; return nil }
	var all sync.WaitGroup
	tasks, firsts := make(chan string, 8), make(chan string, 8)
	for i := range 8 {
		by := audit.Actor{Name: fmt.Sprintf("admin%d", i), Address: "192.0.2.9", Via: "page"}
		all.Go(func() {
			<-begin
			x, created, err := b.Install(t.Context(), by, c, Choice{})
			if err != nil {
				t.Errorf("%s: %v", by.Name, err)
			}
			tasks <- x.ID
			if created {
				firsts <- by.Name
			}
		})
		all.Go(func() {
			<-begin
			if r, err := b.Upload(t.Context(), by, bytes.NewReader(file), false); err != nil || r.ID != c.ID {
				t.Errorf("%s uploads %s, on offer is %s: %v", by.Name, r.ID, c.ID, err)
			}
		})
	}
	close(begin)
	all.Wait()
	close(tasks)
	close(firsts)
	same := map[string]bool{}
	for id := range tasks {
		same[id] = true
	}
	if len(same) != 1 || len(firsts) != 1 {
		t.Errorf("%d tasks, made for %d people", len(same), len(firsts))
	}
	if ready, err := b.AllReady(t.Context()); err != nil || len(ready) != 1 {
		t.Errorf("packages %+v, %v", ready, err)
	}
	close(hold)
	b.restart()
	if past, err := b.History(t.Context()); err != nil || len(past) != 1 || past[0].By != <-firsts {
		t.Errorf("history %+v, %v", past, err)
	}
}

// file is the update file of what is offered, as the server's page has it.
func (s *server) file(name string) []byte {
	s.b.t.Helper()
	var out bytes.Buffer
	if err := trust.WriteOffline(&out, s.b.vendor.Keys().Roots(), s.view.Targets(), name, bytes.NewReader(s.packages[name])); err != nil {
		s.b.t.Fatal(err)
	}
	return out.Bytes()
}

// waiting is an empty reader that ends when it is told to.
type waiting chan struct{}

func (w waiting) Read([]byte) (int, error) {
	<-w
	return 0, io.EOF
}

// The agreement of a site package can be read and has to be accepted before
// anything is fetched.
func TestTheAgreementComesFirst(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	s := b.serve()
	b.do(b.Check(t.Context(), ada))
	c := b.offer("site-12.2.0-1.pkg")
	if !strings.Contains(c.Agreement, "LICENSE AGREEMENT") {
		t.Fatalf("the agreement is %q", c.Agreement)
	}
	if _, _, err := b.Install(t.Context(), ada, c, Choice{}); !errors.Is(err, ErrAgreement) || len(s.from) != 0 {
		t.Errorf("without acceptance: %v, fetched %v", err, s.from)
	}
	if end := b.do(b.Install(t.Context(), ada, c, Choice{Accepted: true})); end.State != task.Done {
		t.Fatalf("%+v", end)
	}
	if signed, err := b.Agreements(t.Context(), 0, 10); err != nil || len(signed) != 1 || signed[0].Text != c.Agreement || signed[0].By.Name != "ada" {
		t.Errorf("agreements %+v, %v", signed, err)
	}
	if b.site.program != "program 12.2.0" {
		t.Errorf("the site is %q", b.site.program)
	}
	past, err := b.History(t.Context())
	if err != nil || len(past) != 1 || past[0].Kind != pack.Site || past[0].State != Good || past[0].From != "" || past[0].To != "12.2.0" || past[0].By != "ada" {
		t.Errorf("history %+v, %v", past, err)
	}
}

// A package whose agreement is another than the one that was signed for, and
// accepted, is not taken.
func TestAnotherAgreementThanTheAcceptedOne(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	s := b.serve()
	entry, _ := catalogue.Find(pack.Site, "12.2.0")
	target := s.shelve(entry, entry.For(catalogue.Build{Tree: 1, ID: "x", Time: oldBase.Built}, &pack.Customer{ID: "c1", Hostname: "support.example.com"}), []byte("program"))
	target.EULA = "Sign here.\n"
	s.publish(target)
	b.do(b.Check(t.Context(), ada))
	end := b.do(b.Install(t.Context(), ada, b.offer(target.Name), Choice{Accepted: true}))
	if end.State != task.Failed || !strings.Contains(end.Error, "licence agreement differs") {
		t.Errorf("%+v", end)
	}
	if past, err := b.History(t.Context()); err != nil || past[0].State != Failed || past[0].Reason == "" {
		t.Errorf("history %+v, %v", past, err)
	}
}

func TestOrder(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	b.serve()
	b.do(b.Check(t.Context(), ada))
	order, err := b.Order(t.Context())
	if err != nil || len(order) != 1 || order[0].Name != "Bomgar-12.2.0" {
		t.Errorf("%+v, %v", order, err)
	}
}

func (b *box) preflight(c Candidate) string {
	b.t.Helper()
	found, err := b.Preflight(b.t.Context(), c)
	if err != nil {
		b.t.Fatal(err)
	}
	var all []string
	for _, f := range found {
		if f.Text == "" || f.Fix == "" {
			b.t.Errorf("%s says too little: %+v", f.Code, f)
		}
		all = append(all, f.Code+map[bool]string{true: "!"}[f.Stops])
	}
	return strings.Join(all, " ")
}

// What stops an install cannot be overridden; what warns can, and that is
// written down.
func TestPreflight(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	b.serve()
	b.do(b.Check(t.Context(), ada))
	c := b.offer("base-4.2.1-1.pkg")
	if got := b.preflight(c); got != "" {
		t.Errorf("with nothing in the way: %s", got)
	}
	b.Free = func() (int64, error) { return 1 << 20, nil }
	if got := b.preflight(c); got != "space!" {
		t.Errorf("with a full disk: %s", got)
	}
	var stopped *PreflightError
	if _, _, err := b.Install(t.Context(), ada, c, Choice{Override: true, Force: true}); !errors.As(err, &stopped) || !strings.Contains(err.Error(), "1 MB are free") {
		t.Errorf("with a full disk: %v", err)
	}
	b.Free = nil

	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	n, err := b.journal.beginOther(t.Context(), Past{Kind: pack.Site, Name: "Bomgar-12.1.4", To: "12.1.4"}, 1, audit.System)
	must(err)
	must(b.journal.endOther(t.Context(), n, Good, ""))
	if got := b.preflight(b.offer("site-12.2.0-1.pkg")); got != "" {
		t.Errorf("after a site that the appliance has installed by itself: %s", got)
	}
	if n, err = b.journal.beginOther(t.Context(), Past{Kind: pack.Site, Name: "Bomgar-12.1.4", To: "12.1.4"}, 1, ada); err != nil {
		t.Fatal(err)
	}
	must(b.journal.endOther(t.Context(), n, Good, ""))
	c = b.offer("site-12.2.0-1.pkg")
	if got := b.preflight(c); got != "wait-24h" {
		t.Errorf("after a site that a person has installed: %s", got)
	}
	if _, _, err := b.Install(t.Context(), ada, c, Choice{Accepted: true}); !errors.As(err, &stopped) || !strings.Contains(err.Error(), "Bomgar-12.1.4 was installed just now: clients should have 24 hours") {
		t.Errorf("without an override: %v", err)
	}
	if end := b.do(b.Install(t.Context(), ada, c, Choice{Accepted: true, Override: true})); end.State != task.Done {
		t.Errorf("%+v", end)
	}
	events, err := b.audit.List(t.Context(), audit.Filter{})
	must(err)
	written := false
	for _, e := range events {
		written = written || e.Action == "updates.install" && strings.Contains(e.Detail, `in spite of the warning "Bomgar-12.1.4 was installed `)
	}
	if !written {
		t.Error("the override is not in the audit log")
	}
	b.Now = func() time.Time { return time.Now().Add(25 * time.Hour) }
	if got := b.preflight(c); strings.Contains(got, "wait") {
		t.Errorf("a day later: %s", got)
	}
}

// An old licence add-on does not follow a newer one, and the update server
// hears of the one that is there.
func TestAnOldAddOn(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	b.site.installed = &pack.Summary{Release: pack.Release{Kind: pack.Site, Version: "12.2.0"}, Customer: &pack.Customer{ID: "c1"}}
	bring := func(version string) (Ready, error) {
		entry, _ := catalogue.Find(pack.License, version)
		var out bytes.Buffer
		b.vendor.Sign(&out, entry.For(catalogue.Build{Tree: 1, ID: version, Time: oldBase.Built}, &pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 50}), nil)
		return b.bring(out.Bytes())
	}
	r, err := bring("2026.11.23")
	if err != nil {
		t.Fatal(err)
	}
	if end := b.do(b.installID(ada, r.ID, Choice{})); end.State != task.Done {
		t.Fatalf("%+v", end)
	}
	var older *plan.Older
	if _, err := bring("2026.11.1"); !errors.As(err, &older) || !strings.Contains(err.Error(), "2026.11.1") || !strings.Contains(err.Error(), "2026.11.23") {
		t.Errorf("an older add-on: %v", err)
	}
	line, err := b.DownloadKey(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := checkin.Parse(line); err != nil || !slices.Contains(s.Installed, r.Release) {
		t.Errorf("the download key says %+v, %v", s.Installed, err)
	}
}

// What a start finds under way has ended: as the site that runs says.
func TestAnInterruptedInstallEnds(t *testing.T) {
	b := newBox(t, "uefi")
	b.site.installed = &pack.Summary{Release: pack.Release{Kind: pack.Site, Version: "12.2.0", Tree: 1}}
	for _, version := range []string{"12.2.0", "14.2.1"} {
		if _, err := b.journal.beginOther(t.Context(), Past{Kind: pack.Site, Name: "Bomgar-" + version, To: version}, 1, ada); err != nil {
			t.Fatal(err)
		}
	}
	b.reboot()
	past, err := b.History(t.Context())
	if err != nil || len(past) != 2 || past[0].State != Failed || past[0].Reason != interrupted || past[1].State != Good {
		t.Errorf("%+v, %v", past, err)
	}
}
