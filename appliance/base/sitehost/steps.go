// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"understudy/appliance/basectl"
)

// step is a part of an installation. When a later one fails, undo takes it
// back; a step that fails is undone too.
type step struct {
	name    string
	percent int  // where it begins
	update  bool // only if another site is installed
	do      func(*install, context.Context) error
	undo    func(*install, context.Context) error // nil: the undo of another step covers it
}

// steps are the way from one site to the next. Until the last one the old site
// is what counts; after it, the new one. On the way back the old site gets its
// writes before the new program is ended, which may take its time.
var steps = []step{
	{name: "Unpacking", percent: 0, do: (*install).unpack, undo: (*install).discard},
	{name: "Ending changes to the site", percent: 30, update: true, do: (*install).freeze, undo: (*install).thaw},
	{name: "Copying the database", percent: 35, update: true, do: (*install).copy},
	{name: "Migrating the database", percent: 50, do: (*install).migrate},
	{name: "Starting the new version", percent: 75, do: (*install).start},
	{name: "Switching over", percent: 90, do: (*install).turn, undo: (*install).turnBack},
}

// Phases are the names of the steps, for the task that an installation is.
func Phases() []string {
	var names []string
	for _, s := range steps {
		names = append(names, s.name)
	}
	return names
}

// install is one installation.
type install struct {
	host   *Host
	pkg    Package
	old    *record // nil: the first site
	next   record
	rested bool            // the old program did not run
	before *instance       // what was dialled until the switch; nil: nothing
	client *basectl.Client // of the new program
	reason string          // what those read who want to change something meanwhile
}

func (in *install) unpack(ctx context.Context) error {
	hash, err := in.host.unpack(ctx, in.pkg, in.next.Generation)
	if err != nil {
		return err
	}
	in.next.Program = hash
	return in.host.place(in.next)
}

// discard ends the new program, if it runs, and removes it.
func (in *install) discard(ctx context.Context) error {
	if in.client != nil {
		in.client.Close()
	}
	return in.host.clear(ctx, in.next.Generation)
}

// freeze ends writes. A site that cannot be talked to is ended: it may be why
// there is an update.
func (in *install) freeze(ctx context.Context) error {
	h := in.host
	limited, cancel := context.WithTimeout(ctx, h.config.Settle)
	defer cancel()
	c, err := h.talk(limited)
	if err == nil {
		return c.ReadOnly(limited, in.reason)
	}
	p, err := h.config.Programs.SiteStatus(ctx, in.old.Generation)
	if err != nil {
		return err
	}
	if p.Running && p.Crashes == 0 {
		return errors.New("the running site does not answer: restart the appliance and try again")
	}
	in.rested = true
	// A time of its own: waiting for an answer may have used up the other.
	ending, stop := context.WithTimeout(ctx, endLimit)
	defer stop()
	return h.end(ending, in.old.Generation)
}

// thaw gives the old site its writes back.
func (in *install) thaw(ctx context.Context) error {
	if in.rested {
		// What was told to end, and has not yet, would not be up afterwards.
		return errors.Join(in.host.end(ctx, in.old.Generation), in.host.config.Programs.RunSite(ctx, in.old.Generation))
	}
	c, err := in.host.talk(ctx)
	if err != nil {
		return err
	}
	return c.Writable(ctx)
}

// copy has the old site copy its database. Only the file is moved here.
func (in *install) copy(ctx context.Context) error {
	h := in.host
	if in.rested {
		return h.copyAtRest(in.old.Generation, in.next.Generation)
	}
	limited, cancel := context.WithTimeout(ctx, h.config.Migrate)
	defer cancel()
	c, err := h.talk(limited)
	if err != nil {
		return err
	}
	if err := c.Copy(limited); err != nil {
		return err
	}
	to := h.state(in.next.Generation, "data", "site.db")
	if err := os.Rename(h.state(in.old.Generation, "data", basectl.CopyName), to); err != nil {
		return fmt.Errorf("taking the copy of the database: %w", err)
	}
	return syncDir(filepath.Dir(to))
}

// migrate lets the new program bring the copy up to date.
func (in *install) migrate(ctx context.Context) error {
	h := in.host
	limited, cancel := context.WithTimeout(ctx, h.config.Migrate)
	defer cancel()
	if err := h.config.Programs.MigrateSite(limited, in.next.Generation); err != nil {
		return err
	}
	p, err := h.ended(limited, in.next.Generation)
	if err == nil && !p.OK {
		err = fmt.Errorf("the new version could not migrate the database: %s", p.Ended)
	}
	return err
}

func (in *install) start(ctx context.Context) (err error) {
	h := in.host
	if err := h.config.Programs.RunSite(ctx, in.next.Generation); err != nil {
		return err
	}
	in.client, err = h.await(ctx, in.next.Generation, in.next.Summary)
	return err
}

// turn makes the new site the one that counts: on the disk, then for whoever
// asks for a page.
func (in *install) turn(context.Context) error {
	h := in.host
	if err := in.next.write(h.config.State); err != nil {
		return err
	}
	h.current.Store(&in.next)
	in.before = h.serving.Load()
	h.serve(in.next.Generation)
	return nil
}

// turnBack writes the old record again: the new one may be on the disk though
// writing it failed.
func (in *install) turnBack(context.Context) error {
	if in.old == nil {
		err := os.Remove(filepath.Join(in.host.config.State, recordName))
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return errors.Join(err, syncDir(in.host.config.State))
	}
	return in.old.write(in.host.config.State)
}

// undoLimit is how long it may take to take everything back.
const undoLimit = time.Minute
