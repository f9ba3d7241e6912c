// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"encoding/hex"
	"errors"

	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
)

// ErrReadFirst means that a package's licence agreement can be read only once
// the package is on the box.
var ErrReadFirst = errors.New("the licence agreement of this package can only be read once it is on the appliance: download it first")

// Candidate is a package that may be installed: it lies on the box, or the
// update server has it.
type Candidate struct {
	pack.Summary
	ID        string // hexadecimal SHA-256 of the package
	Length    int64  // bytes
	Offer     string // name on the update server, from which it is brought; "" if it lies on the box
	Origin    string // how it came onto the box, and by whom; "" if it has to be brought
	Agreement string // the licence agreement that has to be accepted; "" if it has none
}

// OnBox is the candidate that a package on the box makes. ErrNotReady if there
// is none.
func (s *Service) OnBox(ctx context.Context, id string) (Candidate, error) {
	r, err := s.Ready(ctx, id)
	if err != nil {
		return Candidate{}, err
	}
	c := Candidate{Summary: r.Summary, ID: r.ID, Length: r.Length, Origin: r.By + " (" + r.Origin + ")"}
	c.Agreement, err = s.License(ctx, r)
	return c, err
}

// Offered is the candidate that the update server has under a name; it is OnBox
// if it was brought before. ErrNoOffer if there is none, ErrReadFirst if it has
// to be downloaded before it can be decided on.
func (s *Service) Offered(ctx context.Context, name string) (Candidate, error) {
	targets, _, err := s.offered(ctx)
	if err != nil {
		return Candidate{}, err
	}
	t, ok := find(targets, name)
	if !ok {
		return Candidate{}, ErrNoOffer
	}
	id := hex.EncodeToString(t.SHA256[:])
	c, err := s.OnBox(ctx, id)
	if !errors.Is(err, ErrNotReady) {
		return c, err
	}
	if t.Summary.Kind == pack.Site && t.EULA == "" {
		return Candidate{}, ErrReadFirst
	}
	return Candidate{Summary: t.Summary, ID: id, Length: t.Length, Offer: name, Agreement: t.EULA}, nil
}

// Order is the shortest way from what is installed to the newest software on
// offer, for people and programs that look ahead: the packages in the order in
// which they are installed. It is empty if nothing is on offer or nothing leads
// there.
func (s *Service) Order(ctx context.Context) ([]pack.Summary, error) {
	targets, _, err := s.offered(ctx)
	if err != nil {
		return nil, err
	}
	state, err := s.installed(ctx)
	if err != nil {
		return nil, err
	}
	var offered []pack.Summary
	for _, t := range targets {
		offered = append(offered, t.Summary)
	}
	// Site software asks for Base software, hardly ever the other way round.
	for _, kind := range []pack.Kind{pack.Site, pack.Base} {
		for _, c := range plan.Choices(state, offered) {
			if c.Summary.Kind != kind {
				continue
			}
			if path, err := plan.Path(state, offered, c.Summary.Release); err == nil {
				return path, nil
			}
		}
	}
	return nil, nil
}
