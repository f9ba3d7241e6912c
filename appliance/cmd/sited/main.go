// SPDX-License-Identifier: Apache-2.0

// Command sited is the site software: it serves /login and the public page at
// a unix socket behind the front door, and answers based at another. It needs
// no privilege, starts no program and writes only into its data directory.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // the box has no /usr/share/zoneinfo

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/revision"
	"understudy/appliance/site/schema"
	"understudy/appliance/store"
)

// memoryLimit is when the garbage collector starts to hurry, in bytes.
const memoryLimit = 96 << 20

// options say where everything is.
type options struct {
	data    string // directory of site.db
	listen  string // unix socket to serve pages at
	control string // unix socket to answer based at
	summary string // file with the package's summary, JSON
}

func (o options) check() error {
	for name, value := range map[string]string{"data": o.data, "listen": o.listen, "control": o.control, "summary": o.summary} {
		if value == "" {
			return fmt.Errorf("-%s is missing", name)
		}
	}
	return nil
}

func main() {
	var o options
	flag.StringVar(&o.data, "data", "", "`directory` of the database")
	flag.StringVar(&o.listen, "listen", "", "unix `socket` to serve pages at")
	flag.StringVar(&o.control, "control", "", "unix `socket` to answer the base software at")
	flag.StringVar(&o.summary, "summary", "", "`file` with the summary of the installed package, as JSON")
	migrate := flag.String("migrate-only", "", "bring the copied database in `directory` up to date, end its sessions, and end")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	debug.SetMemoryLimit(memoryLimit)
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	var err error
	switch {
	case flag.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flag.Arg(0))
	case *migrate != "":
		err = migrateOnly(ctx, *migrate)
	default:
		if err = o.check(); err == nil {
			err = run(ctx, o, log)
		}
	}
	if err != nil {
		log.Error("sited stops", "error", err)
		os.Exit(1)
	}
}

// migrateOnly brings a copied database up to date that nobody uses yet, and
// ends the sessions in it: who was signed in to the old version signs in again.
func migrateOnly(ctx context.Context, dir string) error {
	db, err := schema.Open(ctx, dir)
	if err != nil {
		return err
	}
	return errors.Join(endSessions(ctx, db), db.Close())
}

func endSessions(ctx context.Context, db *store.DB) error {
	journal := audit.New(db, now)
	accounts := account.New(db, revision.New(db, now), journal, account.DefaultPolicy(), now)
	all, err := accounts.Sessions(ctx)
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := accounts.EndSession(ctx, audit.System, s.ID); err != nil {
			return err
		}
	}
	return journal.Flush(ctx)
}

// now is the box's clock, in UTC.
func now() time.Time { return time.Now().UTC() }
