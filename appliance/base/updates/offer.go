// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/store"
	"understudy/appliance/task"
	"understudy/pkgstore/checkin"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
	"understudy/pkgstore/trust"
)

// KindCheck is the kind of the task that asks the update server.
const KindCheck = "update.check"

// Server is the update server. Its errors are sentences for people.
type Server interface {
	Check(ctx context.Context, statement string) (View, error)
}

// View is what the server lets this box see.
type View interface {
	Fetch(ctx context.Context, path string, limit int64) ([]byte, error)
	// Package opens a package from a byte on. began is where it begins, whole how
	// long the server says that all of it is; -1 if it does not say.
	Package(ctx context.Context, name string, from int64) (body io.ReadCloser, began, whole int64, err error)
}

// ErrNoServer means that the box was never told which update server to ask.
var ErrNoServer = errors.New("this appliance knows no update server: give it a seed that names one, or use Manual Installation")

// Offer is an update that the server has for this box.
type Offer struct {
	plan.Choice
	Target trust.Target
	Here   bool // its package is on the box already
}

// Check submits the task that asks the update server (guide: Updates :: Check).
func (s *Service) Check(ctx context.Context, by audit.Actor) (task.Task, bool, error) {
	if now, err := s.Settings(ctx); err != nil || now.Server == "" {
		return task.Task{}, false, errors.Join(err, ErrNoServer)
	}
	return s.Tasks.Submit(ctx, by, task.Spec{
		Kind: KindCheck, Title: "Check for updates", Key: KindCheck, Estimate: 10 * time.Second,
		Run: func(ctx context.Context, p *task.Progress) error {
			result, err := s.check(ctx, p)
			if err == nil {
				p.Result(result)
				return s.recordCheck(ctx, by, audit.OK, result)
			}
			why := err.Error()
			if errors.Is(err, context.Canceled) {
				why = "The appliance software was stopped before the update server had answered."
			}
			return errors.Join(err, s.recordCheck(ctx, by, audit.Failed, why))
		},
	})
}

// check asks the update server and says what it has.
func (s *Service) check(ctx context.Context, p *task.Progress) (result string, err error) {
	targets, _, err := s.refresh(ctx, p)
	if err != nil {
		return "", err
	}
	if err := s.keepOffers(ctx, targets); err != nil {
		return "", err
	}
	offers, _, err := s.Offers(ctx)
	if err != nil {
		return "", err
	}
	switch len(offers) {
	case 0:
		return "This appliance is up to date.", nil
	case 1:
		return "1 update is available: " + offers[0].Summary.Name + ".", nil
	}
	return fmt.Sprintf("%d updates are available.", len(offers)), nil
}

// refresh checks in and verifies what the server has for this box.
func (s *Service) refresh(ctx context.Context, p *task.Progress) ([]trust.Target, View, error) {
	statement, err := s.statement(ctx, checkin.Online)
	if err != nil {
		return nil, nil, err
	}
	server, err := s.server(ctx)
	if err != nil {
		return nil, nil, err
	}
	p.Log("Asking the update server.")
	view, err := server.Check(ctx, statement)
	if err != nil {
		advise(err, p)
		return nil, nil, err
	}
	trusted, err := s.Trust()
	if err != nil {
		return nil, nil, err
	}
	targets, err := trust.Refresh(ctx, trusted, view.Fetch, s.Now())
	if err != nil {
		advise(err, p)
		return nil, nil, err
	}
	return targets, view, nil
}

func (s *Service) keepOffers(ctx context.Context, targets []trust.Target) error {
	err := s.Journal.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec(`DELETE FROM update_offer`); err != nil {
			return err
		}
		for _, t := range targets {
			summary, err := json.Marshal(t.Summary)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO update_offer (name, length, sha256, summary, eula) VALUES (?, ?, ?, ?, ?)`,
				t.Name, t.Length, hex.EncodeToString(t.SHA256[:]), string(summary), t.EULA); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT OR REPLACE INTO update_checked (one, at) VALUES (1, ?)`, store.Time(s.Now()))
		return err
	})
	if err != nil {
		return fmt.Errorf("keep what the update server offers: %w", err)
	}
	return nil
}

// Offers returns what the server had when it was asked last, at; zero if it
// never was. What is installed or older is left out, what cannot be installed
// yet has its reason.
func (s *Service) Offers(ctx context.Context) (offers []Offer, at time.Time, err error) {
	targets, at, err := s.offered(ctx)
	if err != nil {
		return nil, at, err
	}
	ready, err := s.AllReady(ctx)
	if err != nil {
		return nil, at, err
	}
	here := map[string]bool{}
	for _, r := range ready {
		here[r.ID] = true
	}
	var summaries []pack.Summary
	for _, t := range targets {
		summaries = append(summaries, t.Summary)
	}
	state, err := s.installed(ctx)
	if err != nil {
		return nil, at, err
	}
	for _, c := range plan.Choices(state, summaries) {
		for _, t := range targets {
			if t.Summary.Equal(c.Summary) {
				offers = append(offers, Offer{Choice: c, Target: t, Here: here[hex.EncodeToString(t.SHA256[:])]})
				break
			}
		}
	}
	return offers, at, nil
}

func (s *Service) offered(ctx context.Context) (targets []trust.Target, at time.Time, err error) {
	err = s.Journal.Read(ctx, func(tx *sql.Tx) error {
		var checked int64
		if err := tx.QueryRow(`SELECT coalesce(max(at), 0) FROM update_checked`).Scan(&checked); err != nil {
			return err
		}
		at = store.FromTime(checked)
		rows, err := tx.Query(`SELECT name, length, sha256, summary, eula FROM update_offer ORDER BY name`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var t trust.Target
			var sum, summary string
			if err := rows.Scan(&t.Name, &t.Length, &sum, &summary, &t.EULA); err != nil {
				return err
			}
			if _, err := hex.Decode(t.SHA256[:], []byte(sum)); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(summary), &t.Summary); err != nil {
				return err
			}
			targets = append(targets, t)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, at, fmt.Errorf("read what the update server offers: %w", err)
	}
	return targets, at, nil
}
