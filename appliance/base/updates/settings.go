// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"encoding/json"
	"fmt"

	"understudy/appliance/audit"
)

// Area is what these settings are called in the configuration's history.
const Area = "updates"

// firstContact is why the certificate is in the configuration. Who reverts that
// change lets the box learn another one.
const firstContact = "first contact with the update server"

// Settings say which update server is asked.
type Settings struct {
	Server      string `json:"server"`                // host, or host:port
	Fingerprint string `json:"fingerprint,omitempty"` // SHA-256 of its certificate, in hexadecimal digits; empty until the first contact
}

// Settings returns the settings in force.
func (s *Service) Settings(ctx context.Context) (Settings, error) {
	var now Settings
	if _, err := s.Book.Current(ctx, Area, &now); err != nil {
		return now, fmt.Errorf("read the settings of updates: %w", err)
	}
	return now, nil
}

// Start takes the update server from the seed if none was set before. It makes
// the service the manager of its area.
func (s *Service) Start(ctx context.Context, seeded string) error {
	s.Book.Handle(Area, s.apply)
	now, err := s.Settings(ctx)
	if err != nil || now.Server != "" || seeded == "" {
		return err
	}
	return s.put(ctx, audit.System, Settings{Server: seeded}, "from the first-boot seed")
}

func (s *Service) apply(ctx context.Context, by audit.Actor, doc json.RawMessage, reason string) error {
	var next Settings
	if err := json.Unmarshal(doc, &next); err != nil {
		return fmt.Errorf("read the settings of updates: %w", err)
	}
	return s.put(ctx, by, next, reason)
}

func (s *Service) put(ctx context.Context, by audit.Actor, next Settings, reason string) error {
	_, _, err := s.Book.Put(ctx, by, Area, -1, next, reason)
	return err
}

// server returns the update server. Its certificate is held on to from the
// first contact.
func (s *Service) server(ctx context.Context) (Server, error) {
	now, err := s.Settings(ctx)
	if err != nil {
		return nil, err
	}
	if now.Server == "" {
		return nil, ErrNoServer
	}
	return s.Dial(now.Server, now.Fingerprint, func(fingerprint string) error {
		return s.put(ctx, audit.System, Settings{now.Server, fingerprint}, firstContact)
	})
}
