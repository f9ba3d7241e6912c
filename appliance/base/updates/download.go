// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"understudy/appliance/audit"
	"understudy/appliance/task"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/trust"
)

// KindDownload is the kind of the task that brings a package from the update
// server.
const KindDownload = "update.download"

// ErrNoOffer means that the update server does not offer a package any more.
var ErrNoOffer = errors.New("the update server does not offer this package: check for updates again")

// Download submits the task that brings an offered package onto the box, without
// installing it. What a broken connection has left is gone on with.
func (s *Service) Download(ctx context.Context, by audit.Actor, name string) (t task.Task, created bool, err error) {
	targets, _, err := s.offered(ctx)
	if err != nil {
		return t, false, err
	}
	target, ok := find(targets, name)
	if !ok {
		return t, false, ErrNoOffer
	}
	state, err := s.installed(ctx)
	if err != nil {
		return t, false, err
	}
	if err := fits(state, target.Summary); err != nil {
		return t, false, err
	}
	t, created, err = s.Tasks.Submit(ctx, by, task.Spec{
		Kind: KindDownload, Title: "Download " + target.Summary.Name, Key: KindDownload + " " + name,
		Phases: []string{"Bringing the package"},
		Run:    func(ctx context.Context, p *task.Progress) error { return s.download(ctx, by, name, p) },
	})
	if err == nil && created {
		err = s.Audit.Append(ctx, by, audit.Entry{Action: "updates.download", Object: target.Summary.Name, Outcome: audit.OK})
	}
	return t, created, err
}

func find(targets []trust.Target, name string) (trust.Target, bool) {
	for _, t := range targets {
		if t.Name == name {
			return t, true
		}
	}
	return trust.Target{}, false
}

func (s *Service) download(ctx context.Context, by audit.Actor, name string, p *task.Progress) error {
	targets, _, err := s.offered(ctx)
	if err != nil {
		return err
	}
	target, ok := find(targets, name)
	if !ok {
		return ErrNoOffer
	}
	c := Candidate{Summary: target.Summary, ID: hex.EncodeToString(target.SHA256[:]), Length: target.Length, Offer: name}
	if _, err = s.bring(ctx, by, c, p, 100); err == nil {
		p.Result(target.Summary.Name + " is on the appliance and can be installed.")
	}
	return err
}

// bring makes sure that the package of c is on the box: it fetches it if it has
// to, and verifies it. share is how much of the task's percent that is. What was
// decided on is what is brought: a server that has something else under the
// name is refused.
func (s *Service) bring(ctx context.Context, by audit.Actor, c Candidate, p *task.Progress, share int) (Ready, error) {
	select {
	case s.bringing <- struct{}{}:
		defer func() { <-s.bringing }()
	case <-ctx.Done():
		return Ready{}, ctx.Err()
	}
	ready, err := s.Ready(ctx, c.ID)
	if err == nil || !errors.Is(err, ErrNotReady) || c.Offer == "" {
		return ready, err
	}
	targets, view, err := s.refresh(ctx, p)
	if err != nil {
		return Ready{}, err
	}
	target, ok := find(targets, c.Offer)
	if !ok || hex.EncodeToString(target.SHA256[:]) != c.ID {
		return Ready{}, ErrNoOffer
	}
	// The hash names the file: what is gone on with is the same package.
	if err := s.dropPartial(targets); err != nil {
		return Ready{}, err
	}
	path := s.path("downloads", c.ID)
	var untrusted *trust.Error
	var short *shortError
	if err := s.fetch(ctx, view, target, path, p, share); err != nil {
		switch {
		case errors.As(err, &untrusted): // it says what to do
			err = errors.Join(err, os.Remove(path))
		case errors.As(err, &short):
			p.NextStep("Tell those who run the update server that its file is not whole. Once it is, start it again, or bring the update by Updates > Manual Installation.")
		case full(err): // what there is of it would keep the disk full
			p.NextStep("Remove packages that are ready to install and not needed, and start it again.")
			err = errors.Join(filled(target.Summary.Name, err), os.Remove(path))
		default:
			p.NextStep("Start it again: it goes on where it stopped.")
		}
		return Ready{}, fmt.Errorf("downloading %s: %w", target.Summary.Name, err)
	}
	file, err := os.Open(path)
	if err != nil {
		return Ready{}, err
	}
	defer file.Close()
	ready = Ready{ID: c.ID, Length: target.Length, Summary: target.Summary, Origin: "download", By: by.Name, At: s.Now()}
	if _, err = io.Copy(io.Discard, withContext(ctx, target.Reader(file))); err == nil {
		err = s.admit(ctx, ready, target.EULA, file)
	}
	var malformed *pack.FormatError
	if errors.As(err, &untrusted) || errors.As(err, &malformed) {
		err = errors.Join(err, os.Remove(path)) // a wrong one would be gone on with for ever
	}
	if err == nil {
		p.Log("%s is on the appliance; its length and hash are what was signed for.", c.Name)
	}
	return ready, err
}

// fetch appends to the file at path until it is as long as the package. A server
// that has more than was signed for is refused with a *trust.Error, one that says
// that it has less with a *shortError.
func (s *Service) fetch(ctx context.Context, view View, target trust.Target, path string, p *task.Progress, share int) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	have, err := f.Seek(0, io.SeekEnd)
	if err != nil || have >= target.Length {
		return err
	}
	if err := s.room(target.Summary.Name, target.Length-have); err != nil {
		return err
	}
	body, began, whole, err := view.Package(ctx, target.Name, have)
	if err != nil {
		return err
	}
	defer body.Close()
	if whole >= 0 && whole < target.Length {
		// Nothing of it is taken: what came before stays, for a server that is whole.
		return &shortError{has: whole, signed: target.Length}
	}
	if began < have {
		p.Log("The update server sends the package from its beginning.")
		if err := errors.Join(f.Truncate(began), seek(f, began)); err != nil {
			return err
		}
	} else if have > 0 {
		p.Log("Going on at byte %d of %d.", have, target.Length)
	}
	counted := &counter{n: began, total: target.Length, share: int64(share), p: p}
	_, err = io.Copy(f, io.TeeReader(io.LimitReader(withContext(ctx, body), target.Length-began), counted))
	if err = errors.Join(err, f.Sync()); err != nil {
		return fmt.Errorf("%d of %d bytes have arrived: %w", counted.n, target.Length, err)
	}
	if counted.n < target.Length {
		return fmt.Errorf("the update server has sent %d of %d bytes", counted.n, target.Length)
	}
	return noMore(body, target)
}

// shortError means that the server's file of a package is not whole, as the
// server itself says: going on would not bring the rest.
type shortError struct{ has, signed int64 }

func (e *shortError) Error() string {
	return fmt.Sprintf("the update server's file is shorter than what was signed for: it has %d of %d bytes", e.has, e.signed)
}

// noMore checks that nothing follows a package that has arrived. Whether it is
// the right one is not said by how the answer ends, but by its hash.
func noMore(body io.Reader, target trust.Target) error {
	var one [1]byte
	if n, _ := io.ReadFull(body, one[:]); n > 0 {
		return &trust.Error{Check: trust.Length, What: "package " + target.Summary.Name, Want: fmt.Sprintf("%d bytes", target.Length), Have: "more on the update server"}
	}
	return nil
}

func seek(f *os.File, to int64) error {
	_, err := f.Seek(to, io.SeekStart)
	return err
}

// counter turns bytes into percent.
type counter struct {
	n, total, share int64
	p               *task.Progress
}

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	c.p.Percent(int(c.n * c.share * 95 / 100 / max(c.total, 1)))
	return len(b), nil
}
