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

// builder collects operations into routes and a document.
type builder struct {
	api     huma.API
	routes  []gate.Route
	problem *huma.Schema
}

// declared is where an operation's declaration lies in its metadata.
const declared = "operation"

func newBuilder() *builder {
	b := &builder{}
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	b.problem = schemas.Schema(reflect.TypeFor[applianceapi.Problem](), true, "")
	json := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: strictjson.Unmarshal}
	b.api = huma.NewAPI(huma.Config{
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
	}, b)
	return b
}

// Handle makes a route of an operation: the adapter's part of huma.
func (b *builder) Handle(op *huma.Operation, serve func(huma.Context)) {
	o, _ := op.Metadata[declared].(operation)
	b.routes = append(b.routes, gate.Route{
		Method:          op.Method,
		Pattern:         applianceapi.Prefix + op.Path,
		Policy:          o.policy,
		Scope:           o.scope,
		AllowMustChange: o.early,
		Limited:         o.limited,
		Stream:          o.stream,
		Upload:          o.upload,
		MaxBody:         op.MaxBodyBytes,
		Handler: func(w http.ResponseWriter, r *http.Request) {
			x := &exchange{ResponseWriter: w}
			x.request = r.WithContext(withExchange(r.Context(), x))
			serve(humachi.NewContext(op, x.request, x))
			if x.failure != nil {
				gate.Fail(w, r, x.failure)
			}
		},
	})
}

// ServeHTTP is never called: the gate serves the routes.
func (b *builder) ServeHTTP(w http.ResponseWriter, r *http.Request) { gate.NotFound(w, r) }

// problemResponse describes an answer that is an error.
func (b *builder) problemResponse(code int) *huma.Response {
	return &huma.Response{
		Description: http.StatusText(code),
		Content:     map[string]*huma.MediaType{problemType: {Schema: b.problem}},
	}
}
