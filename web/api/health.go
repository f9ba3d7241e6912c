// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"

	"understudy/appliance/client/applianceapi"
	"understudy/appliance/health"
	"understudy/web/gate"
)

func (a *API) healthOperations(b *builder) {
	add(b, operation{
		id: "getHealth", method: http.MethodGet, path: "/health", tag: "Status",
		summary: "What needs attention, worst first", policy: gate.SignedIn, scope: "status:read",
	}, a.getHealth)
	add(b, operation{
		id: "acknowledgeWarning", method: http.MethodPost, path: "/health/{code}/acknowledge", tag: "Status",
		summary: "Take note of a warning", detail: "It stays in the list until its cause is gone, and no longer counts.",
		policy: gate.Administrator, scope: "security:write",
	}, a.acknowledge)
}

func (a *API) getHealth(context.Context, *none) (*answer[applianceapi.Health], error) {
	h := applianceapi.Health{Severity: a.severity(), Warnings: []applianceapi.HealthWarning{}}
	h.OK = h.Severity == "ok"
	for _, w := range a.Health.List() {
		h.Warnings = append(h.Warnings, warningOut(w))
	}
	return body(h), nil
}

// severity is the worst of the warnings that nobody took note of.
func (a *API) severity() string {
	worst, ok := a.Health.Overall()
	if ok {
		return "ok"
	}
	return worst.String()
}

func warningOut(w health.Warning) applianceapi.HealthWarning {
	return applianceapi.HealthWarning{
		Code: w.Code, Severity: w.Severity.String(), Text: w.Text, Fix: w.Fix, FixURL: w.FixURL,
		Since: w.Since, Acknowledged: w.Acknowledged, AcknowledgedBy: w.AckBy,
	}
}

type byCode struct {
	Code string `path:"code" maxLength:"64" doc:"The warning's code."`
}

func (a *API) acknowledge(ctx context.Context, in *byCode) (*none, error) {
	return nil, a.Health.Acknowledge(ctx, by(ctx), in.Code)
}
