// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"understudy/appliance/base/boot"
	"understudy/appliance/basectl"
	"understudy/pkgstore/pack"
)

// Programs runs the program of a generation; *boot.Link does on the box.
type Programs interface {
	RunSite(ctx context.Context, generation string) error
	MigrateSite(ctx context.Context, generation string) error
	StopSite(ctx context.Context, generation string) error
	SiteStatus(ctx context.Context, generation string) (boot.SiteProcess, error)
}

// Package is what an installation takes from a package; *pack.Package has it.
type Package interface {
	Summary() pack.Summary
	Copy(ctx context.Context, role pack.Role, w io.Writer) error
}

// Config is what a host needs. A duration that is zero takes its default.
type Config struct {
	State    string // directory of what lasts: boot.SiteState
	Run      string // directory of what runs: boot.SiteRun
	User     int    // owner of the database and of the sockets: boot.SiteUser; below 0 they stay ours
	Programs Programs
	Facts    func() basectl.Facts // asked again and again; a change is told to the site
	Now      func() time.Time
	Failed   func(error) // told of what goes wrong in the background

	Settle  time.Duration // for running writes to end, default 30 s
	Migrate time.Duration // for a migration, default 30 min
	Ready   time.Duration // for a started site to serve, default 2 min
	Drain   time.Duration // for requests that the old site has when the new one takes over, default 5 s
	Attend  time.Duration // between two looks at the running site, default 2 s
}

// Host is the site of this box. It is safe for concurrent use.
type Host struct {
	config  Config
	current atomic.Pointer[record]
	serving atomic.Pointer[instance]
	starts  atomic.Int64
	trouble atomic.Pointer[string]    // why it could not be started
	silent  atomic.Pointer[time.Time] // since when it does not answer

	started chan struct{} // closed when Run has brought the site up, or has failed to

	installing sync.Mutex // held by an installation: a second one is refused

	busy   sync.RWMutex  // held while something changes what is installed or runs, shared by who only looks
	asking chan struct{} // has a token, with a share of busy, of who talks with the site while nothing changes
	client *basectl.Client
	told   basectl.Facts // by client
}

// ErrBusy means that an installation is under way.
var ErrBusy = errors.New("an installation of site software is under way: wait until it has ended")

// ErrNoSite means that nothing is installed.
var ErrNoSite = errors.New("no site software is installed: install a site package first")

// New makes a host and reads what is installed. With an error the host knows
// of no site.
func New(c Config) (*Host, error) {
	c.Settle = cmp.Or(c.Settle, 30*time.Second)
	c.Migrate = cmp.Or(c.Migrate, 30*time.Minute)
	c.Ready = cmp.Or(c.Ready, 2*time.Minute)
	c.Drain = cmp.Or(c.Drain, drainLimit)
	c.Attend = cmp.Or(c.Attend, 2*time.Second)
	if c.Failed == nil {
		c.Failed = func(error) {}
	}
	h := &Host{config: c, started: make(chan struct{}), asking: make(chan struct{}, 1)}
	r, err := readRecord(c.State)
	if r != nil {
		h.current.Store(r)
	}
	return h, err
}

// Current is the summary of the installed site; false if there is none.
func (h *Host) Current() (pack.Summary, bool) {
	r := h.current.Load()
	if r == nil {
		return pack.Summary{}, false
	}
	return r.Summary, true
}

// AddOn is the licence add-on that the site's licences are from; zero if they
// are those of its package.
func (h *Host) AddOn() pack.Release {
	r := h.current.Load()
	if r == nil {
		return pack.Release{}
	}
	return r.AddOn
}

// Stored is how much the site's database takes, in bytes; 0 if no site is
// installed.
func (h *Host) Stored() (n int64, err error) {
	r := h.current.Load()
	if r == nil {
		return 0, nil
	}
	for _, name := range databaseFiles {
		info, err := os.Lstat(h.state(r.Generation, "data", name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("looking how large the site's database is: %w", err)
		}
		n += info.Size()
	}
	return n, nil
}

// Started is closed when Run has looked for an installed site and brought it up,
// or has failed to: before that an installation would be in its way.
func (h *Host) Started() <-chan struct{} { return h.started }

// Instance names the running program: it changes with every start and every
// switch, so that no connection to one is taken for one to another. It is
// empty as long as none has been ready.
func (h *Host) Instance() string {
	if i := h.serving.Load(); i != nil {
		return i.name
	}
	return ""
}

// Dial connects to the pages of the running site.
func (h *Host) Dial(ctx context.Context) (net.Conn, error) {
	i := h.serving.Load()
	for i != nil && !i.enter() {
		i = h.serving.Load() // a switch came between
	}
	if i == nil {
		return nil, errors.New("connecting to the site: it is not running")
	}
	conn, err := dial(ctx, h.socket(i.generation, "http"))
	if err != nil {
		i.leave()
		return nil, err
	}
	return counted{conn, sync.OnceFunc(i.leave)}, nil
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("connecting to the site: %w", err)
	}
	return conn, nil
}

// serve makes a generation the one that is dialled.
func (h *Host) serve(generation string) {
	h.trouble.Store(nil)
	h.silent.Store(nil)
	h.serving.Store(&instance{generation: generation, name: fmt.Sprintf("%s%d", generation, h.starts.Add(1))})
}

func (h *Host) state(generation string, name ...string) string {
	return filepath.Join(append([]string{h.config.State, generation}, name...)...)
}

func (h *Host) run(generation string, name ...string) string {
	return filepath.Join(append([]string{h.config.Run, generation}, name...)...)
}

func (h *Host) socket(generation, name string) string { return h.run(generation, "sock", name) }
