// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/task"
	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/checkin"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/trust"
)

// server is an update server without a network: the metadata is real, and what
// a line does to a package can be chosen.
type server struct {
	b        *box
	view     *trust.Publisher
	targets  []trust.Target // offered at first
	packages map[string][]byte
	asked    checkin.Statement
	refuses  error
	line     func(body io.Reader, from int64) io.Reader
	from     []int64 // where each fetch of a package began
}

// serve lets the box know a server that offers Base 4.2.1, 5.1.0 and site 12.2.0.
func (b *box) serve() *server {
	b.t.Helper()
	view, err := trust.OpenPublisher(b.vendor.Keys(), b.t.TempDir())
	if err != nil {
		b.t.Fatal(err)
	}
	s := &server{b: b, view: view, packages: map[string][]byte{}}
	var targets []trust.Target
	for _, version := range []string{"4.2.1", "5.1.0"} {
		entry, _ := catalogue.Find(pack.Base, version)
		r := slotstest.Release(version)
		targets = append(targets, s.shelve(entry, entry.For(catalogue.Build{Tree: r.Tree, ID: r.Build, Time: r.Built}, nil), slotstest.UKI(r)))
	}
	entry, _ := catalogue.Find(pack.Site, "12.2.0")
	customer := pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 25}
	targets = append(targets, s.shelve(entry, entry.For(catalogue.Build{Tree: 1, ID: "12.2.0-1", Time: oldBase.Built}, &customer), []byte("program 12.2.0")))
	s.targets = targets
	s.publish(targets...)
	b.server = s
	if err := b.Start(b.t.Context(), "updates.example.com"); err != nil {
		b.t.Fatal(err)
	}
	return s
}

// publish makes the server offer exactly this.
func (s *server) publish(targets ...trust.Target) {
	s.b.t.Helper()
	if err := s.view.Publish(targets, time.Now(), false); err != nil {
		s.b.t.Fatal(err)
	}
}

func (s *server) shelve(entry catalogue.Entry, sum pack.Summary, main []byte) trust.Target {
	s.b.t.Helper()
	var out bytes.Buffer
	length, hash, err := entry.Write(&out, sum, pack.Bytes(main), nil)
	if err != nil {
		s.b.t.Fatal(err)
	}
	t := trust.Target{Name: string(sum.Kind) + "-" + sum.Version + "-1.pkg", Length: length, SHA256: hash, Summary: sum, EULA: entry.EULA}
	s.packages[t.Name] = out.Bytes()
	return t
}

func (s *server) Check(_ context.Context, statement string) (View, error) {
	if s.refuses != nil {
		return nil, s.refuses
	}
	var err error
	s.asked, err = checkin.Parse(statement)
	return s, err
}

func (s *server) Fetch(_ context.Context, path string, _ int64) ([]byte, error) {
	return s.view.File(path)
}

func (s *server) Package(_ context.Context, name string, from int64) (io.ReadCloser, int64, int64, error) {
	s.from = append(s.from, from)
	var body io.Reader = bytes.NewReader(s.packages[name][from:])
	if s.line != nil {
		body = s.line(body, from)
	}
	return io.NopCloser(body), from, -1, nil
}

// do submits a task and waits for its end.
func (b *box) do(t task.Task, _ bool, err error) task.Task {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	return b.end(t.ID)
}

func (b *box) titles() (names []string, reasons int) {
	b.t.Helper()
	offers, at, err := b.Offers(b.t.Context())
	if err != nil || at.IsZero() {
		b.t.Fatal(at, err)
	}
	for _, o := range offers {
		names = append(names, o.Summary.Name)
		if o.Reason != "" {
			reasons++
		}
	}
	return names, reasons
}

func TestCheckForUpdates(t *testing.T) {
	b := newBox(t, "uefi")
	if _, _, err := b.Check(t.Context(), ada); !errors.Is(err, ErrNoServer) {
		t.Errorf("without a server: %v", err)
	}
	b.identify()
	s := b.serve()
	if end := b.do(b.Check(t.Context(), ada)); end.State != task.Done || end.Result != "3 updates are available." {
		t.Fatalf("%+v", end)
	}
	if s.asked.Purpose != checkin.Online || s.asked.Serial != "TEST-0001" || len(s.asked.Installed) != 1 {
		t.Errorf("the server was told %+v", s.asked)
	}
	names, reasons := b.titles()
	if got := strings.Join(names, ", "); got != "Base Software 5.1.0, Base Software 4.2.1, Bomgar-12.2.0" || reasons != 1 {
		t.Errorf("offers %s, %d of them greyed out", got, reasons)
	}
	if now, err := b.Settings(t.Context()); err != nil || now.Fingerprint != "f1f1" {
		t.Errorf("settings %+v, %v", now, err)
	}
}

func TestTheServerRefuses(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	s := b.serve()
	s.refuses = &slow{}
	if end := b.do(b.Check(t.Context(), ada)); end.State != task.Failed || end.Error != "The clocks are an hour apart." || !strings.Contains(end.NextStep, "Status > Basics") {
		t.Errorf("%+v", end)
	}
}

// slow is what a server says to a box whose clock is wrong.
type slow struct{}

func (*slow) Error() string { return "The clocks are an hour apart." }
func (*slow) Clock() bool   { return true }

func TestDownload(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	s := b.serve()
	b.do(b.Check(t.Context(), ada))
	const name = "base-4.2.1-1.pkg"
	if _, _, err := b.Download(t.Context(), ada, "nothing.pkg"); !errors.Is(err, ErrNoOffer) {
		t.Errorf("what is not offered: %v", err)
	}

	whole := int64(len(s.packages[name]))
	s.line = func(body io.Reader, _ int64) io.Reader { return io.LimitReader(body, whole/2) }
	if end := b.do(b.Download(t.Context(), ada, name)); end.State != task.Failed || !strings.Contains(end.Error, "has sent") || !strings.Contains(end.NextStep, "where it stopped") {
		t.Errorf("over a line that is cut: %+v", end)
	}
	s.line = nil
	if end := b.do(b.Download(t.Context(), ada, name)); end.State != task.Done {
		t.Fatalf("%+v", end)
	}
	if len(s.from) != 2 || s.from[0] != 0 || s.from[1] != whole/2 {
		t.Errorf("the package was fetched from %v", s.from)
	}
	ready, err := b.AllReady(t.Context())
	if err != nil || len(ready) != 1 || ready[0].Name != "Base Software 4.2.1" || ready[0].Origin != "download" {
		t.Errorf("ready %+v, %v", ready, err)
	}
	offers, _, err := b.Offers(t.Context())
	if err != nil || !offers[1].Here || offers[0].Here {
		t.Errorf("offers %+v, %v", offers, err)
	}
}

// A server that sends other bytes than were signed for is found out, and what
// it sent is not gone on with.
func TestAWrongPackage(t *testing.T) {
	b := newBox(t, "uefi")
	b.identify()
	s := b.serve()
	b.do(b.Check(t.Context(), ada))
	const name = "base-4.2.1-1.pkg"
	good := s.packages[name]
	bad := bytes.Clone(good)
	bad[len(bad)/2] ^= 1
	s.packages[name] = bad
	if end := b.do(b.Download(t.Context(), ada, name)); end.State != task.Failed || !strings.Contains(end.Error, "check: hash") {
		t.Errorf("%+v", end)
	}
	s.packages[name] = good
	if end := b.do(b.Download(t.Context(), ada, name)); end.State != task.Done || s.from[1] != 0 {
		t.Errorf("the right one after it: %+v, fetched from %v", end, s.from)
	}
}
