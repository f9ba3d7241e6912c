// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"

	"understudy/appliance/audit"
	"understudy/appliance/client/applianceapi"
	"understudy/appliance/task"
	"understudy/web/gate"
)

func (a *API) powerOperations(b *builder) {
	add(b, operation{
		id: "reboot", method: http.MethodPost, path: "/power/reboot", tag: "Power", status: http.StatusAccepted,
		summary: "Restart the appliance", detail: "The task ends when it is back. A second call answers with the task of the first.",
		policy: gate.AdministratorReauth, scope: "power:write", conflicts: true,
	}, func(ctx context.Context, in *powerRequest) (*answer[applianceapi.Task], error) {
		return goDown(ctx, in, a.Power.Reboot)
	})
	add(b, operation{
		id: "shutDown", method: http.MethodPost, path: "/power/off", tag: "Power", status: http.StatusAccepted,
		summary: "Shut down this appliance", detail: "The task ends when it is switched on again.",
		policy: gate.AdministratorReauth, scope: "power:write", conflicts: true,
	}, func(ctx context.Context, in *powerRequest) (*answer[applianceapi.Task], error) {
		return goDown(ctx, in, a.Power.Off)
	})
	add(b, operation{
		id: "factoryReset", method: http.MethodPost, path: "/power/factory-reset", tag: "Power", status: http.StatusAccepted,
		summary: "Erase everything that the appliance stores, and restart it",
		detail:  "Accounts, configuration, history and logs are lost for good. There is no task: the list of tasks is lost too.",
		policy:  gate.AdministratorReauth, scope: "power:write", conflicts: true,
	}, a.factoryReset)
}

// powerRequest has a body that may be left out.
type powerRequest struct{ Body *applianceapi.PowerRequest }

func goDown(ctx context.Context, in *powerRequest, submit func(context.Context, audit.Actor, string) (task.Task, bool, error)) (*answer[applianceapi.Task], error) {
	reason := ""
	if in.Body != nil {
		reason = in.Body.Reason
	}
	t, _, err := submit(ctx, by(ctx), reason)
	if err != nil {
		return nil, err
	}
	return body(taskOut(t)), nil
}

func (a *API) factoryReset(ctx context.Context, in *request[applianceapi.FactoryReset]) (*none, error) {
	if in.Body.Serial != a.Identity.Facts().Serial {
		return nil, invalid("serial", "This is not the serial number of this appliance.")
	}
	return nil, a.Power.FactoryReset(ctx, by(ctx))
}
