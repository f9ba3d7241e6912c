// SPDX-License-Identifier: Apache-2.0

package api

import (
	"encoding/json"
	"fmt"
	"sync"

	"understudy/web/gate"
	"understudy/web/services"
)

// API holds the handlers. They keep nothing between requests.
type API struct {
	*services.Appliance
	document func() ([]byte, error) // writes the OpenAPI document, in JSON, when it is first asked for
}

// Routes returns the operations of the API as routes for the gate.
func Routes(s *services.Appliance) []gate.Route {
	a := &API{Appliance: s}
	b := a.declare()
	a.document = sync.OnceValues(func() ([]byte, error) { return b.registry().document() })
	return b.routes
}

// Document returns the OpenAPI document that a box with this software serves.
func Document() ([]byte, error) { return (&API{}).declare().registry().document() }

// declare collects the operations.
func (a *API) declare() *builder {
	b := newBuilder()
	for _, subject := range []func(*builder){
		a.statusOperations, a.healthOperations,
		a.sessionOperations, a.accountOperations, a.tokenOperations, a.userOperations,
		a.networkOperations, a.confirmationOperations, a.clockOperations,
		a.taskOperations, a.revisionOperations, a.auditOperations,
		a.powerOperations, a.updateOperations, a.utilityOperations, a.documentOperations,
	} {
		subject(b)
	}
	return b
}

// document writes the OpenAPI document, without what only huma's own errors
// would need.
func (r *registry) document() ([]byte, error) {
	doc := r.api.OpenAPI()
	schemas := doc.Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	open(doc)
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return append(text, '\n'), nil
}
