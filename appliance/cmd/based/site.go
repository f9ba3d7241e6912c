// SPDX-License-Identifier: Apache-2.0

package main

import (
	"understudy/appliance/base/boot"
	"understudy/appliance/base/sitehost"
	"understudy/appliance/base/updates"
	"understudy/appliance/basectl"
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
