// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"

	"understudy/appliance/base/clock"
	"understudy/appliance/client/applianceapi"
	"understudy/web/gate"
)

func (a *API) clockOperations(b *builder) {
	add(b, operation{
		id: "getClock", method: http.MethodGet, path: "/clock", tag: "Clock",
		summary: "The clock and its time servers", policy: gate.SignedIn, scope: "network:read",
	}, a.getClock)
	add(b, operation{
		id: "changeClock", method: http.MethodPut, path: "/clock", tag: "Clock",
		summary: "Set time zone and largest step", policy: gate.Administrator, scope: "network:write", conflicts: true,
	}, a.changeClock)
	add(b, operation{
		id: "consentToStep", method: http.MethodPost, path: "/clock/consent", tag: "Clock",
		summary: "Allow the step that the clock refused", detail: "For the offset that was shown, once.",
		policy: gate.AdministratorReauth, scope: "network:write", conflicts: true,
	}, a.consentToStep)
}

func (a *API) getClock(ctx context.Context, _ *none) (*answer[applianceapi.Clock], error) {
	_, rev, err := a.Clock.Settings(ctx)
	if err != nil {
		return nil, err
	}
	st := a.Clock.Status()
	out := applianceapi.Clock{
		Time: st.Now, TimeZone: st.Zone, MaxStepSeconds: int(st.MaxStep.Seconds()), Revision: rev, State: string(st.State),
		OffsetMillis: millis(st.Offset), Server: st.Server, Stratum: st.Stratum, LastSync: st.LastSync, Servers: []applianceapi.TimeServer{},
	}
	if r := st.Refused; r != nil {
		out.RefusedStep = &applianceapi.RefusedStep{Server: r.Server, OffsetMillis: millis(r.Offset), Agree: r.Agree}
	}
	for _, s := range st.Servers {
		out.Servers = append(out.Servers, applianceapi.TimeServer{Name: s.Name, OffsetMillis: millis(s.Offset), Stratum: s.Stratum, Problem: s.Problem})
	}
	return body(out), nil
}

func (a *API) changeClock(ctx context.Context, in *request[applianceapi.ClockChange]) (*answer[applianceapi.Clock], error) {
	settings := clock.Settings{Zone: in.Body.TimeZone, MaxStepSeconds: in.Body.MaxStepSeconds}
	if err := a.Clock.Change(ctx, by(ctx), in.Body.Revision, settings, in.Body.Reason); err != nil {
		return nil, err
	}
	return a.getClock(ctx, &none{})
}

func (a *API) consentToStep(ctx context.Context, _ *none) (*none, error) {
	return nil, a.Clock.Consent(ctx, by(ctx))
}
