// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/layout"
	"understudy/appliance/revision"
	"understudy/appliance/store"
)

// SlewLimit is the largest offset that is slewed; larger ones are stepped.
const SlewLimit = 128 * time.Millisecond

// Parts is what the service is made of. All but the last two are required.
type Parts struct {
	Book    *revision.Book
	Journal *store.DB // has the table of this package
	Audit   *audit.Log
	Clock   System
	Built   time.Time // of this software: time cannot be before it

	Servers  func() []string // time servers now, host or host:port
	Resolver *net.Resolver   // finds them

	Changed <-chan struct{} // signals that Servers, or the way to them, may have changed
	Failed  func(error)     // is told of what went wrong in the background; nil: nobody
}

// Service keeps the clock. It may be used from several goroutines at once.
type Service struct {
	Parts
	polling sync.Mutex // one poll at a time
	wake    chan struct{}
	within  func(server string) time.Duration // in which it must answer

	mu       sync.Mutex // guards what follows, held for moments only
	settings Settings
	zone     *time.Location
	unset    bool // the clock had lost its time when the box started
	state    State
	since    time.Time // of state; monotonic
	missed   int       // polls in a row without an answer
	answers  []answer
	verdict  verdict
	lastSync time.Time // wall clock of the last poll after which the clock was right
	refused  time.Duration
	doubted  time.Duration
	consent  *consent
	moves    []moved
	resting  map[string]time.Time // servers not to be asked before
	saved    time.Time
}

// New makes the service. It does nothing to the clock before Start.
func New(p Parts) *Service {
	if p.Failed == nil {
		p.Failed = func(error) {}
	}
	s := &Service{Parts: p, wake: make(chan struct{}, 1), within: func(string) time.Duration { return answerWithin }, settings: DefaultSettings(), zone: time.UTC,
		state: Unsynchronised, since: time.Now(), resting: map[string]time.Time{}}
	p.Book.Handle(Area, s.revert)
	return s
}

// Start takes the stored settings over, at the first start of a box those of
// its seed, gives a clock that lost its time a plausible one, and keeps it
// right until ctx ends. It waits for nothing. An error says what could not be
// done; everything else is done all the same.
func (s *Service) Start(ctx context.Context, seed layout.Seed) error {
	err := errors.Join(s.lift(), s.recall(ctx), s.load(ctx, seed))
	go s.run(ctx)
	return err
}

// lift sets a clock that is before the day of the build to that day. The time
// is lost, too, when an earlier run of this program did so and no server has
// answered since: by such a clock the machine was started before that day.
func (s *Service) lift() error {
	now, up := s.Clock.Now(), time.Duration(0)
	if machine, ok := s.Clock.(starter); ok {
		up = machine.Up()
	}
	s.mu.Lock()
	s.unset = now.Add(-up).Before(s.Built)
	s.mu.Unlock()
	if !now.Before(s.Built) {
		return nil
	}
	return s.Clock.Step(s.Built.Sub(now))
}

func (s *Service) load(ctx context.Context, seed layout.Seed) error {
	settings := DefaultSettings()
	rev, err := s.Book.Current(ctx, Area, &settings)
	if err != nil {
		return fmt.Errorf("read the clock settings: %w", err)
	}
	var unknown error
	if rev == 0 {
		if seed.Timezone != "" {
			settings.Zone = seed.Timezone
		}
		if unknown = settings.Validate(); unknown != nil {
			settings.Zone = DefaultSettings().Zone
		}
		if _, _, err := s.Book.Put(ctx, audit.System, Area, 0, settings, "First start."); err != nil {
			return fmt.Errorf("store the first clock settings: %w", err)
		}
	}
	s.adopt(settings)
	return unknown
}

// adopt brings settings into force. A zone that this release does not know any
// more is shown as UTC.
func (s *Service) adopt(settings Settings) {
	zone, err := Zone(settings.Zone)
	if err != nil {
		zone = time.UTC
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings, s.zone = settings, zone
}

// Settings are the settings in force and the number of their revision, which a
// change of them must name.
func (s *Service) Settings(ctx context.Context) (Settings, int64, error) {
	settings := DefaultSettings()
	rev, err := s.Book.Current(ctx, Area, &settings)
	if err != nil {
		return Settings{}, 0, fmt.Errorf("read the clock settings: %w", err)
	}
	return settings, rev, nil
}

// Change sets zone and limit. base is the revision the change was made from,
// negative for any. Errors: *InvalidError, revision.ErrStale.
func (s *Service) Change(ctx context.Context, by audit.Actor, base int64, settings Settings, reason string) error {
	err := settings.Validate()
	changed := false
	if err == nil {
		_, changed, err = s.Book.Put(ctx, by, Area, base, settings, reason)
	}
	if err == nil && !changed {
		return nil
	}
	outcome, detail := "ok", fmt.Sprintf("Time zone %s; at most %s a day without consent.", settings.Zone, settings.MaxStep())
	if err != nil {
		outcome, detail = "refused", err.Error()
	} else {
		s.adopt(settings)
	}
	s.record(ctx, by, "clock.change", outcome, detail)
	return err
}

// Zone is the time zone in which pages show times, and the revision of the
// settings.
func (s *Service) Zone(ctx context.Context) (zone string, rev int64, err error) {
	settings, rev, err := s.Settings(ctx)
	return settings.Zone, rev, err
}

// SetZone is Change for the zone alone.
func (s *Service) SetZone(ctx context.Context, by audit.Actor, base int64, zone string) error {
	settings, _, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	settings.Zone = zone
	return s.Change(ctx, by, base, settings, "")
}

// revert is how the book brings earlier settings back.
func (s *Service) revert(ctx context.Context, by audit.Actor, doc json.RawMessage, reason string) error {
	settings := DefaultSettings()
	if err := json.Unmarshal(doc, &settings); err != nil {
		return fmt.Errorf("read the earlier clock settings: %w", err)
	}
	return s.Change(ctx, by, -1, settings, reason)
}

// Location is the zone in which pages show times.
func (s *Service) Location() *time.Location {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.zone
}

func (s *Service) record(ctx context.Context, by audit.Actor, action, outcome, detail string) {
	err := s.Audit.Append(ctx, by, audit.Entry{Action: action, Object: Area, Outcome: outcome, Detail: detail})
	if err != nil {
		s.Failed(err)
	}
}
