// SPDX-License-Identifier: Apache-2.0

package api

import "github.com/danielgtaylor/huma/v2"

// open lets documents that only the box writes have further fields: a client
// of today has to get along with the box of tomorrow. What clients write is
// closed, and stays so.
func open(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas
	written := map[*huma.Schema]bool{}
	for _, path := range doc.Paths {
		for _, op := range []*huma.Operation{path.Post, path.Put, path.Patch} {
			if op == nil || op.RequestBody == nil {
				continue
			}
			for _, media := range op.RequestBody.Content {
				mark(schemas, media.Schema, written)
			}
		}
	}
	for _, s := range schemas.Map() {
		if !written[s] && s.Type == huma.TypeObject {
			s.AdditionalProperties = nil
		}
	}
}

// mark notes a schema and all that it leads to.
func mark(schemas huma.Registry, s *huma.Schema, seen map[*huma.Schema]bool) {
	if s == nil {
		return
	}
	if s.Ref != "" {
		s = schemas.SchemaFromRef(s.Ref)
	}
	if seen[s] {
		return
	}
	seen[s] = true
	mark(schemas, s.Items, seen)
	for _, p := range s.Properties {
		mark(schemas, p, seen)
	}
}
