// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"understudy/appliance/layout"
	"understudy/integration/updateserver"
	"understudy/integration/vm"
	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
)

// The customer whose appliance this is.
const (
	customer     = "c1"
	siteHostname = "support.example.com"
	licenses     = "15"
)

// wantUpdates is the port of the update server that people are told of.
const wantUpdates = 9443

// serial is how the update server knows this box.
func (b *box) serial() string {
	return strings.ToUpper("run-" + b.profile.Name + "-" + string(b.firmware))
}

// ownServer reports whether the person's seed names an update server: then none
// is started.
func (b *box) ownServer() bool {
	s, err := layout.ParseSeed(b.seed)
	return err == nil && (s.Update.Server != "" || s.Update.TrustRoot != "")
}

// startUpdates starts the update server of this box, with what it has offered
// before, and makes it ready for the box if that is new.
func (b *box) startUpdates(ctx context.Context, t *teller) error {
	if b.ownServer() {
		return nil
	}
	t.stage("Starting the update server")
	dir := filepath.Join(b.dir, "updates")
	port, known, err := serverPort(dir)
	if err != nil {
		return err
	}
	if !known {
		// What a run has left that was cut short is made anew.
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("make the update server's directory: %w", err)
		}
	}
	if b.updates, err = updateserver.New(ctx, dir); err != nil {
		return err
	}
	if b.strange, err = b.isStrange(dir, known); err != nil {
		return err
	}
	if !known {
		for _, args := range [][]string{
			{"customer", "add", customer, "--hostname", siteHostname, "--licenses", licenses},
			{"enroll", b.serial(), "--customer", customer},
		} {
			if _, err := b.updates.Run(ctx, args...); err != nil {
				return err
			}
		}
		if err := os.WriteFile(portFile(dir), []byte(strconv.Itoa(port)), 0o644); err != nil {
			return fmt.Errorf("note the update server's port: %w", err)
		}
	}
	if err := b.updates.Start(ctx, port); err != nil {
		return err
	}
	if b.trustRoot, err = b.updates.Run(ctx, "root"); err != nil {
		return err
	}
	t.done()
	if b.strange {
		t.say("The disk of an earlier run is from before this update server and may not know it.")
	}
	return nil
}

// isStrange reports whether the disk was in use before the update server in dir
// was made, of which known says that an earlier run has made it. That is noted,
// since the disk does not get to know it by being run once more.
func (b *box) isStrange(dir string, known bool) (bool, error) {
	note := filepath.Join(dir, "strange")
	if !b.kept {
		if err := os.Remove(note); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, fmt.Errorf("forget that the appliance did not know its update server: %w", err)
		}
		return false, nil
	}
	if known {
		_, err := os.Stat(note)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, fmt.Errorf("read whether the appliance knows its update server: %w", err)
		}
		return err == nil, nil
	}
	if err := os.WriteFile(note, nil, 0o644); err != nil {
		return false, fmt.Errorf("note that the appliance may not know its update server: %w", err)
	}
	return true, nil
}

// howToMeet says how to find out whether a disk from before knows the update
// server: it takes the server of a seed only if it had none, and trusts whom it
// has trusted before.
func (b *box) howToMeet() string {
	return fmt.Sprintf("If Updates > Check does not name %s, or a check fails, this appliance does not know it; no page sets the server, FRESH=1 starts over with it.", b.serverName())
}

// serverName is the update server as the appliance sees it.
func (b *box) serverName() string { return updateserver.Host + ":" + b.updates.Port }

func portFile(dir string) string { return filepath.Join(dir, "port") }

// serverPort is the port of the update server: the box has it in its settings,
// so it stays what it was. known is false for a new one.
func serverPort(dir string) (port int, known bool, err error) {
	text, err := os.ReadFile(portFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		port, err = freePort(wantUpdates)
		return port, false, err
	}
	if err == nil {
		port, err = strconv.Atoi(strings.TrimSpace(string(text)))
	}
	if err != nil {
		return 0, false, fmt.Errorf("read the update server's port: %w", err)
	}
	if free, err := freePort(port); err != nil || free != port {
		return 0, false, fmt.Errorf("port %d is taken, at which this appliance knows its update server: end what listens there, or start over with FRESH=1", port)
	}
	return port, true, nil
}

// installSite makes the image of a new box such that it comes with its site
// package.
func (b *box) installSite(ctx context.Context, t *teller) error {
	if b.kept || b.site == noSite {
		return nil
	}
	if b.updates == nil {
		t.say("SITE=%s is left out: your seed names an update server, which has the site packages.", b.site)
		return nil
	}
	t.stage("Putting site %s onto the disk", b.site)
	if err := b.updates.ShelveSites(ctx, []string{b.site}, nil); err != nil {
		return err
	}
	dir := filepath.Join(b.dir, "factory")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the disk: %w", err)
	}
	file := filepath.Join(dir, "site.usupd")
	if _, err := b.updates.Run(ctx, "factory", customer, b.site, "--out", file); err != nil {
		return err
	}
	var err error
	if b.image, err = vm.BuildImageWithSite(ctx, b.base, file, dir); err != nil {
		return err
	}
	t.done()
	return nil
}

// offerAll puts everything that the catalogue has on the update server, the
// next versions first. It goes on while the person looks around.
func (b *box) offerAll(ctx context.Context, t *teller) {
	if b.updates == nil {
		return
	}
	var bases, sites []string
	for _, e := range catalogue.All() {
		switch {
		case e.Kind == pack.Base && pack.CompareVersions(e.Version, b.base) > 0:
			bases = append(bases, e.Version)
		case e.Kind == pack.Site && (b.site == noSite || pack.CompareVersions(e.Version, b.site) >= 0):
			sites = append(sites, e.Version)
		}
	}
	err := b.updates.ShelveSites(ctx, sites, nil)
	for _, version := range bases {
		if err == nil {
			err = b.updates.ShelveBase(ctx, version, nil)
		}
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		t.say("The update server has not got everything: %v", err)
	case len(bases)+len(sites) > 0:
		t.say("The update server has got everything newer: Base %s; site %s.", strings.Join(bases, ", "), strings.Join(sites, ", "))
	}
}

// stopUpdates ends the update server.
func (b *box) stopUpdates() {
	if b.updates != nil {
		b.updates.Stop()
	}
}
