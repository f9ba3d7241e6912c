// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/base/sitehost"
	"understudy/appliance/base/slots"
	"understudy/appliance/layout"
	"understudy/appliance/revision"
	"understudy/appliance/store"
	"understudy/appliance/task"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
	"understudy/pkgstore/trust"
)

// Parts are what updates work with.
type Parts struct {
	Journal *store.DB // has the tables of Schema1
	Base    *store.DB // the configuration, which a trial that fails gets back
	Dir     string    // packages, trusted metadata and the copy of the configuration lie below it
	Tasks   *task.Runner
	Audit   *audit.Log
	Book    *revision.Book // for Settings
	Power   Power
	Running layout.Release
	Lost    string // a sentence if the box runs without its stored state: then nothing is installed
	Boot    string // the kernel's id of this boot: /proc/sys/kernel/random/boot_id

	// Site is the site of the box.
	Site Site
	// Self says how the box is known.
	Self func() Self
	// Loader opens the boot loader's partition; done closes it again. It may
	// take a moment.
	Loader func(ctx context.Context) (l slots.Loader, done func() error, err error)
	// Look opens it only to be read, at once or not at all; nil if nobody can look.
	Look func(ctx context.Context) (l slots.Loader, done func() error, err error)
	// Dial makes a client of an update server; nothing is sent before it is used.
	// fingerprint is that of its certificate, learn is told it at the first
	// contact if that is empty.
	Dial func(server, fingerprint string, learn func(fingerprint string) error) (Server, error)
	// Trust is where trusted metadata lies; ErrNoTrust if the box was never told
	// whom to trust.
	Trust func() (trust.Dir, error)
	// Outside is what stands against installing c that other packages know of; nil
	// for nothing.
	Outside func(ctx context.Context, c Candidate) []Finding
	// Free is the room on the state partition, in bytes; nil asks the file system.
	Free func() (int64, error)
	// Factory opens the update file of the site package that came with the box;
	// fs.ErrNotExist if none did. Nil for none.
	Factory func(ctx context.Context) (io.ReadCloser, error)
	// Fit says why this box does not do its work, nil if it does. A new version
	// has to be fit to be kept.
	Fit func(ctx context.Context) error
	// Deadline is how long a new version has until it must be fit, and
	// ProvenFor how long it has to stay so.
	Deadline, ProvenFor time.Duration

	Now func() time.Time
}

// Power is what an update needs of package power.
type Power interface {
	Hold(reason string) (release func())
	Restart(ctx context.Context, reason string) error
}

// Site is what an update needs of package sitehost.
type Site interface {
	Current() (pack.Summary, bool)
	Install(ctx context.Context, p sitehost.Package, progress sitehost.Progress) error
	License(ctx context.Context, s pack.Summary) error
	AddOn() pack.Release    // that brought the licences; zero for none
	Stored() (int64, error) // bytes that its database takes
}

// Service installs packages. It is safe for concurrent use.
type Service struct {
	Parts
	journal journal

	mu       sync.Mutex    // of the directory of packages
	bringing chan struct{} // held while a package is fetched: two would write into one file
}

// New returns the service over a directory that is made if there is none.
// What an upload left unfinished is removed.
func New(p Parts) (*Service, error) {
	s := &Service{Parts: p, journal: journal{p.Journal, p.Boot, p.Now}, bringing: make(chan struct{}, 1)}
	if err := os.RemoveAll(s.path("incoming")); err != nil {
		return nil, fmt.Errorf("clear unfinished uploads: %w", err)
	}
	for _, dir := range []string{"incoming", "packages", "downloads"} {
		if err := os.MkdirAll(s.path(dir), 0o700); err != nil {
			return nil, fmt.Errorf("make a place for packages: %w", err)
		}
	}
	return s, nil
}

func (s *Service) path(names ...string) string {
	return filepath.Join(append([]string{s.Dir}, names...)...)
}

// Installed is what the box runs.
func (s *Service) Installed() plan.State {
	state := plan.State{Base: baseRelease(s.Running), Site: pack.Release{Kind: pack.Site}}
	if site, ok := s.Site.Current(); ok {
		state.Site = site.Release
		if site.Customer != nil {
			state.Customer = site.Customer.ID
		}
	}
	return state
}

// installed is Installed with the last licence add-on.
func (s *Service) installed(ctx context.Context) (plan.State, error) {
	state := s.Installed()
	var err error
	state.License, err = s.journal.lastLicense(ctx)
	return state, err
}

// InstalledSite is the site of the box; false if there is none.
func (s *Service) InstalledSite() (pack.Summary, bool) { return s.Site.Current() }

// baseRelease is a release of the Base software as packages name it.
func baseRelease(r layout.Release) pack.Release {
	return pack.Release{Kind: pack.Base, Version: r.Version, Tree: r.Tree}
}

// Trial returns the update that is on trial, if there is one: until it is over,
// nothing else is installed and no configuration is changed.
func (s *Service) Trial(ctx context.Context) (u BaseUpdate, on bool, err error) {
	u, found, err := s.journal.last(ctx)
	return u, found && u.State.OnTrial(), err
}

// Frozen says why no configuration may be changed: a trial that fails takes the
// change with it.
func (s *Service) Frozen(ctx context.Context) error {
	u, found, err := s.journal.last(ctx)
	if err != nil {
		return err
	}
	return trialError(u, found && u.State.freezes())
}
