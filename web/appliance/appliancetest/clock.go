// SPDX-License-Identifier: Apache-2.0

package appliancetest

import (
	"net"
	"time"

	"understudy/appliance/base/clock"
	"understudy/appliance/store"
	"understudy/web/services"
)

// Slew and Step let the clock of a test be moved, Save has nowhere to write.

// Slew moves it.
func (t *Time) Slew(d time.Duration) error { t.Pass(d); return nil }

// Step moves it.
func (t *Time) Step(d time.Duration) error { t.Pass(d); return nil }

// Save does nothing.
func (t *Time) Save() error { return nil }

// newClock asks no servers unless a test names some.
func newClock(s *services.Appliance, journal *store.DB, t *Time, servers []string) *clock.Service {
	return clock.New(clock.Parts{Book: s.Book, Journal: journal, Audit: s.Audit, Clock: t, Built: release.Built,
		Servers: func() []string { return servers }, Resolver: net.DefaultResolver})
}
