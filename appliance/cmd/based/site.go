// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"understudy/appliance/base/boot"
	"understudy/appliance/base/sitehost"
	"understudy/appliance/base/slots"
	"understudy/appliance/base/updates"
	"understudy/appliance/basectl"
	"understudy/appliance/health"
	"understudy/appliance/layout"
	"understudy/web/frontdoor"
)

// hostSite makes the host of the site. A box whose record of the site cannot be
// read goes on without one, and says so on its health.
func (b *box) hostSite() {
	var err error
	b.site, err = sitehost.New(sitehost.Config{
		State: boot.SiteState, Run: boot.SiteRun, User: boot.SiteUser, Programs: b.link, Facts: b.siteFacts, Now: now,
		Failed: func(err error) { b.log.Error("the site", "error", err) },
	})
	if err != nil {
		b.log.Error("the installed site is not known", "error", err)
	}
}

// siteFacts are what the site may know of the box.
func (b *box) siteFacts() basectl.Facts {
	s := &b.services
	return basectl.Facts{Hostname: s.Network.Hostname(), Zone: s.Clock.Location().String(), Serial: s.Boot.Serial}
}

// frontSite is the site as the front door sees it.
func (b *box) frontSite() *frontdoor.Site {
	return &frontdoor.Site{
		Installed: func() bool { _, ok := b.site.Current(); return ok },
		Dial:      b.site.Dial,
		Task: func() string {
			for _, t := range b.services.Tasks.Live() {
				if t.Kind == updates.KindSite || t.Kind == updates.KindBase {
					return t.Title
				}
			}
			return ""
		},
	}
}

// codeFactorySite is the code of the warning that the site package which came
// with the box could not be installed.
const codeFactorySite = "site.factory"

// installFactorySite installs the site package that came with the box, if it is
// still to be done. That it could not be is said until a site is there.
func (b *box) installFactorySite(ctx context.Context) {
	select {
	case <-b.site.Started():
	case <-ctx.Done():
		return
	}
	_, _, err := b.services.Updates.InstallFactorySite(ctx)
	if err == nil || ctx.Err() != nil {
		return
	}
	b.log.Error("the site package from the factory", "error", err)
	b.services.Health.Register(health.Check{Code: codeFactorySite, Every: 10 * time.Second, Run: func(context.Context) *health.Warning {
		if _, installed := b.site.Current(); installed {
			return nil
		}
		return &health.Warning{Code: codeFactorySite, Severity: health.Warn, Text: "No site software was installed: " + err.Error() + ".",
			Fix: "Install a site package by the Updates page.", FixURL: "/appliance/updates"}
	}})
}

// openFactorySite opens the update file on the boot partition.
func openFactorySite(context.Context) (io.ReadCloser, error) {
	unmount, err := slots.Mount()
	if errors.Is(err, slots.ErrNoESP) {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(slots.MountPoint, layout.ESPFactorySite))
	if err != nil {
		return nil, errors.Join(err, unmount())
	}
	return mounted{f, unmount}, nil
}

// mounted is a file whose file system goes when it is closed.
type mounted struct {
	*os.File
	unmount func() error
}

// Close closes the file and unmounts what it is on.
func (m mounted) Close() error { return errors.Join(m.File.Close(), m.unmount()) }
