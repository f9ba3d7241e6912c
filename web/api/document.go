// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"understudy/web/gate"
)

func (a *API) documentOperations(b *builder) {
	add(b, operation{
		id: "getOpenAPI", method: http.MethodGet, path: "/openapi.json", tag: "API",
		summary: "This document", policy: gate.SignedIn, scope: "status:read", media: "application/openapi+json",
	}, a.getDocument)
}

func (a *API) getDocument(context.Context, *none) (*written, error) {
	text, err := a.document()
	if err != nil {
		return nil, err
	}
	return &written{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", "application/openapi+json")
		// The connection is the only thing that can fail, and nobody is left to tell.
		_, _ = h.BodyWriter().Write(text)
	}}, nil
}

// written is an answer that its handler writes itself.
type written struct{ Body func(huma.Context) }
