// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"
	"strconv"

	"understudy/appliance/base/updates"
	"understudy/appliance/client/applianceapi"
	"understudy/web/gate"
)

func (a *API) agreementOperations(b *builder, tag string) {
	add(b, operation{
		id: "readAgreement", method: http.MethodGet, path: "/updates/packages/{id}/agreement", tag: tag,
		summary: "The licence agreement of a package, to be read before it is accepted", policy: gate.SignedIn, scope: "updates:read",
	}, a.readAgreement)
	add(b, operation{
		id: "listAgreements", method: http.MethodGet, path: "/updates/agreements", tag: tag,
		summary: "Licence agreements that were accepted, newest first", policy: gate.SignedIn, scope: "updates:read",
	}, a.listAgreements)
}

// readAgreement is a call of its own: a text may have 256 KiB, too much for a
// list of packages.
func (a *API) readAgreement(ctx context.Context, in *PackageID) (*answer[applianceapi.AgreementText], error) {
	c, err := a.Updates.OnBox(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return body(applianceapi.AgreementText{Text: c.Agreement}), nil
}

// agreementFilter allows no long pages: a text may have 256 KiB.
type agreementFilter struct {
	Limit  int   `query:"limit" minimum:"1" maximum:"50" default:"20" doc:"Longest page."`
	Before int64 `query:"before" minimum:"1" doc:"Only those before the one with this number: the next of the page before."`
}

func (a *API) listAgreements(ctx context.Context, in *agreementFilter) (*answer[applianceapi.List[applianceapi.Agreement]], error) {
	list, err := a.Updates.Agreements(ctx, in.Before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	return pageOf(list, in.Limit, agreementOut, func(x updates.Agreement) string { return strconv.FormatInt(x.N, 10) }), nil
}

func agreementOut(x updates.Agreement) applianceapi.Agreement {
	return applianceapi.Agreement{Package: x.Package, Version: x.Version, SHA256: x.SHA256, Text: x.Text, By: actorOut(x.By), At: x.At}
}
