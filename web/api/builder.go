// SPDX-License-Identifier: Apache-2.0

package api

import (
	"cmp"
	"context"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"understudy/appliance/client/applianceapi"
	"understudy/web/gate"
)

// builder collects operations into routes and a registry. The routes are there
// at once; the registry is made when an operation is first called or the
// document asked for, since it takes a tenth of a second on an emulated
// machine, which nobody should wait for who opens a page of a box that starts.
type builder struct {
	routes   []gate.Route
	register []func(*registry)
	registry func() *registry
}

func newBuilder() *builder {
	b := &builder{}
	b.registry = sync.OnceValue(func() *registry {
		r := newRegistry()
		for _, register := range b.register {
			register(r)
		}
		return r
	})
	return b
}

// add declares an operation on the API in the making.
func add[I, O any](b *builder, o operation, f func(context.Context, *I) (*O, error)) {
	b.routes = append(b.routes, b.route(o))
	b.register = append(b.register, func(r *registry) {
		huma.Register(r.api, r.describe(o), func(ctx context.Context, in *I) (*O, error) {
			out, err := f(ctx, in)
			if err != nil {
				return nil, explain(ctx, err)
			}
			return out, nil
		})
	})
}

func (b *builder) route(o operation) gate.Route {
	return gate.Route{
		Method:          o.method,
		Pattern:         applianceapi.Prefix + o.path,
		Policy:          o.policy,
		Scope:           o.scope,
		AllowMustChange: o.early,
		Limited:         o.limited,
		Stream:          o.stream,
		Upload:          o.upload,
		MaxBody:         cmp.Or(o.body, maxBody),
		Handler:         func(w http.ResponseWriter, r *http.Request) { b.registry().served[o.id](w, r) },
	}
}
