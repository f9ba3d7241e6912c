// SPDX-License-Identifier: Apache-2.0

package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"understudy/appliance/client/applianceapi"
	"understudy/web/api/strictjson"
	"understudy/web/gate"
)

// registry is the part of huma: it knows the types of all operations, reads
// requests into them and describes them.
type registry struct {
	api     huma.API
	problem *huma.Schema
	served  map[string]http.HandlerFunc // by operationId
}

func newRegistry() *registry {
	r := &registry{served: make(map[string]http.HandlerFunc)}
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	r.problem = schemas.Schema(reflect.TypeFor[applianceapi.Problem](), true, "")
	json := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: strictjson.Unmarshal}
	r.api = huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:   "Understudy appliance",
				Version: "1.0.0",
				Description: "What the pages of /appliance do, for programs. Sign in with `signIn`, or use an API token; " +
					"send either as `Authorization: Bearer …`.",
			},
			Servers: []*huma.Server{{URL: applianceapi.Prefix}},
			Components: &huma.Components{
				Schemas: schemas,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer", Description: "A session's secret, or an API token's."},
					"cookie": {Type: "apiKey", In: "cookie", Name: gate.Cookie, Description: "The session of a signed-in browser, on pages of this box."},
				},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": json, problemType: json},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{tidy},
	}, r)
	return r
}

// Handle makes a handler of an operation: the adapter's part of huma.
func (r *registry) Handle(op *huma.Operation, serve func(huma.Context)) {
	r.served[op.OperationID] = func(w http.ResponseWriter, req *http.Request) {
		x := &exchange{ResponseWriter: w}
		x.request = req.WithContext(withExchange(req.Context(), x))
		serve(humachi.NewContext(op, x.request, x))
		if x.failure != nil {
			gate.Fail(w, req, x.failure)
		}
	}
}

// ServeHTTP is never called: the gate serves the routes.
func (r *registry) ServeHTTP(w http.ResponseWriter, req *http.Request) { gate.NotFound(w, req) }

// problemResponse describes an answer that is an error.
func (r *registry) problemResponse(code int) *huma.Response {
	return &huma.Response{
		Description: http.StatusText(code),
		Content:     map[string]*huma.MediaType{problemType: {Schema: r.problem}},
	}
}
