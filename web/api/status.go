// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"
	"time"

	"understudy/appliance/client/applianceapi"
	"understudy/web/gate"
)

func (a *API) statusOperations(b *builder) {
	add(b, operation{
		id: "getStatus", method: http.MethodGet, path: "/status", tag: "Status",
		summary: "Model, version, time and state", policy: gate.SignedIn, scope: "status:read",
	}, a.getStatus)
}

func (a *API) getStatus(ctx context.Context, _ *none) (*answer[applianceapi.Status], error) {
	pending, err := a.Guard.Pending(ctx)
	if err != nil {
		return nil, err
	}
	f := a.Identity.Facts()
	return body(applianceapi.Status{
		Hostname: a.Network.Hostname(), Model: f.Model, Profile: f.Profile, Serial: f.Serial, GUID: f.GUID, IdentityKey: f.KeyPrint,
		BaseVersion: f.Version, Build: f.Build, Architecture: f.Architecture, Kernel: f.Kernel, Firmware: f.Firmware,
		SitePackages: a.sitePackages(),
		Time:         a.Now().In(a.Clock.Location()), TimeZone: a.Clock.Location().String(), UptimeSeconds: int64(f.Uptime / time.Second),
		CertificateFingerprint: a.Certs.Fingerprint(),
		Health:                 a.severity(), RunningTasks: len(a.Tasks.Live()), PendingChanges: len(pending),
		SeedSource: a.Boot.SeedSource, SeedProblems: append([]string{}, a.Boot.SeedProblems...), Crashes: a.Boot.Crashes,
	}), nil
}
