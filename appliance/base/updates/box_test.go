// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/base/slots"
	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/base/updates/updatestest"
	"understudy/appliance/health"
	"understudy/appliance/layout"
	"understudy/appliance/revision"
	"understudy/appliance/store"
	"understudy/appliance/task"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/trust"
)

var ada = audit.Actor{Name: "ada", Address: "192.0.2.7", Via: "page"}

var (
	oldBase = slotstest.Release("3.3.2")
	newBase = slotstest.Release("4.2.1")
)

// box is an appliance of which all is real but the machine below it: disk, boot
// loader and databases survive a restart.
type box struct {
	t       *testing.T
	dir     string
	machine *slotstest.Machine
	vendor  *updatestest.Vendor
	boots   int

	*Service
	base, journalDB *store.DB
	tasks           *task.Runner
	audit           *audit.Log
	restarts        chan string   // why, for each restart that was asked for
	holds           *atomic.Int32 // how many keep this start's box from going down
	fit             error
	early           func(slots.Loader) (slots.Loader, func() error, error) // what opening the loader gives; nil: l
	site            *site
	released        func() // called when the box may be restarted again; may be nil
	server          *server
	wire            *wire // a real one to the server; nil: calls
	key             ed25519.PrivateKey
}

// closed is a loader's partition that is closed again.
func closed() error { return nil }

func newBox(t *testing.T, firmware string) *box {
	b := &box{t: t, dir: t.TempDir(), machine: slotstest.New(t, firmware, oldBase), restarts: make(chan string, 10), vendor: updatestest.NewVendor(t), site: &site{}, holds: new(atomic.Int32)}
	b.start(oldBase)
	t.Cleanup(b.stop)
	return b
}

// identify gives the box a key of its own.
func (b *box) identify() { _, b.key, _ = ed25519.GenerateKey(nil) }

// Hold and Restart are the box's power.
func (b *box) Hold(string) func() {
	holds := b.holds // those of a program that has ended hold nothing
	holds.Add(1)
	return sync.OnceFunc(func() {
		holds.Add(-1)
		if b.released != nil {
			b.released()
		}
	})
}

func (b *box) Restart(_ context.Context, reason string) error {
	b.restarts <- reason
	return nil
}

// start is what the program does when it starts.
func (b *box) start(running layout.Release) {
	b.t.Helper()
	must := func(err error) {
		b.t.Helper()
		if err != nil {
			b.t.Fatal(err)
		}
	}
	ctx, boot := b.t.Context(), fmt.Sprint(b.boots)
	var err error
	b.journalDB, err = store.Open(ctx, filepath.Join(b.dir, "journal.db"), []store.Migration{
		{Name: "audit", SQL: audit.Schema1}, {Name: "task", SQL: task.Schema1}, {Name: "updates", SQL: Schema1}, {Name: "other", SQL: Schema2}, {Name: "boot", SQL: task.Schema2}})
	must(err)
	dir, basePath := filepath.Join(b.dir, "updates"), filepath.Join(b.dir, "base.db")
	must(Settle(ctx, b.journalDB, dir, basePath, running, boot, time.Now))
	b.base, err = store.Open(ctx, basePath, []store.Migration{{Name: "revision", SQL: revision.Schema1}, {Name: "account", SQL: account.Schema1}})
	must(err)
	b.tasks, b.audit = task.New(b.journalDB, time.Now), audit.New(b.journalDB, time.Now)
	trusted, err := trust.NewDir(filepath.Join(dir, "trusted"), b.vendor.Root())
	must(err)
	b.Service, err = New(Parts{
		Journal: b.journalDB, Base: b.base, Dir: dir, Tasks: b.tasks, Audit: b.audit, Power: b, Running: running, Boot: boot,
		Loader: func(context.Context) (slots.Loader, func() error, error) {
			l := b.machine.Loader()
			if b.early != nil {
				return b.early(l)
			}
			return l, closed, nil
		},
		Look: func(context.Context) (slots.Loader, func() error, error) { return b.machine.Loader(), closed, nil },
		Site: b.site,
		Book: revision.New(b.base, time.Now),
		Dial: func(_, fingerprint string, learn func(string) error) (Server, error) {
			if b.wire != nil {
				return b.wire.dial(fingerprint, learn)
			}
			if fingerprint == "" {
				if err := learn("f1f1"); err != nil {
					return nil, err
				}
			}
			return b.server, nil
		},
		Self:  func() Self { return Self{Serial: "TEST-0001", Hostname: "box.example.com", Key: b.key} },
		Trust: func() (trust.Dir, error) { return trusted, nil },
		Fit: func(ctx context.Context) error {
			if b.fit == errHangs {
				<-ctx.Done()
			}
			return b.fit
		},
		Now: time.Now,
	})
	must(err)
	must(b.Resume(ctx))
	must(b.tasks.Recover(ctx, nil))
}

func (b *box) stop() {
	b.tasks.Close()
	_ = errors.Join(b.base.Close(), b.journalDB.Close())
}

// reboot starts the machine anew and returns what runs then.
func (b *box) reboot() string {
	b.t.Helper()
	b.stop()
	return b.boot()
}

// boot is reboot of a machine whose program has ended.
func (b *box) boot() string {
	b.t.Helper()
	b.boots++
	b.holds = new(atomic.Int32)
	id := b.machine.Boot()
	version, _, _ := strings.Cut(id, "-")
	b.start(slotstest.Release(version))
	return version
}

// file is an update file that brings a release of the Base software.
func (b *box) file(r layout.Release) []byte {
	b.t.Helper()
	var out bytes.Buffer
	b.vendor.Base(&out, r, pack.Bytes(slotstest.UKI(r)))
	return out.Bytes()
}

// ready uploads the new version.
func (b *box) ready() Ready {
	b.t.Helper()
	r, err := b.Upload(b.t.Context(), ada, bytes.NewReader(b.file(newBase)), false)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// install installs the new version up to the restart, and returns its task.
func (b *box) install(c Choice) string {
	b.t.Helper()
	t, created, err := b.installID(ada, b.ready().ID, c)
	if err != nil || !created {
		b.t.Fatalf("created %v, %v", created, err)
	}
	b.restart()
	return t.ID
}

// installID is Install for a package on the box.
func (b *box) installID(by audit.Actor, id string, choice Choice) (task.Task, bool, error) {
	b.t.Helper()
	c, err := b.OnBox(b.t.Context(), id)
	if err != nil {
		return task.Task{}, false, err
	}
	return b.Install(b.t.Context(), by, c, choice)
}

// restart waits until a restart is asked for.
func (b *box) restart() string {
	b.t.Helper()
	select {
	case why := <-b.restarts:
		return why
	case <-time.After(5 * time.Minute): // only a failure waits for it
		b.t.Fatal("no restart was asked for")
	}
	return ""
}

// end waits until a task has ended.
func (b *box) end(id string) task.Task {
	b.t.Helper()
	watch := b.tasks.Watch(b.t.Context())
	for {
		t, err := b.tasks.Get(b.t.Context(), id)
		if err != nil {
			b.t.Fatal(err)
		}
		if !t.State.Live() {
			return t
		}
		<-watch
	}
}

// state is that of the newest update.
func (b *box) state() BaseUpdate {
	b.t.Helper()
	u, found, err := b.journal.last(b.t.Context())
	if err != nil || !found {
		b.t.Fatalf("found %v, %v", found, err)
	}
	return u
}

// warning is what the health check of updates says.
func (b *box) warning() *health.Warning {
	b.t.Helper()
	return b.Checks()[0].Run(b.t.Context())
}

// mark writes a word into the configuration, and marks reads all of them.
func (b *box) mark(word string) {
	b.t.Helper()
	err := b.base.Write(b.t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`CREATE TABLE IF NOT EXISTS mark (word TEXT)`)
		if err == nil {
			_, err = tx.Exec(`INSERT INTO mark VALUES (?)`, word)
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) marks() (words string) {
	b.t.Helper()
	err := b.base.Read(b.t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT coalesce(group_concat(word), '') FROM mark`).Scan(&words)
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return words
}

// left lists what lies in the directory of updates, trusted metadata apart.
func (b *box) left() (names []string) {
	b.t.Helper()
	for _, dir := range []string{"", "incoming", "packages", "downloads"} {
		entries, err := os.ReadDir(b.path(dir))
		if err != nil {
			b.t.Fatal(err)
		}
		for _, e := range entries {
			if !e.IsDir() {
				names = append(names, filepath.Join(dir, e.Name()))
			}
		}
	}
	return names
}
