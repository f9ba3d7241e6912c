// SPDX-License-Identifier: Apache-2.0

package api

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"understudy/web/gate"
)

// operation declares one operation of the API.
type operation struct {
	id      string // operationId, camel case
	method  string
	path    string // below applianceapi.Prefix
	tag     string
	summary string
	detail  string // more than the summary; optional

	policy    gate.Policy
	scope     string // what an API token needs; empty: no token may call it
	early     bool   // allowed while the password has to be changed
	limited   bool   // counts attempts per address
	media     string // content type of an answer that is not JSON; it is written piece by piece
	stream    bool   // the answer stays open
	upload    bool   // the request's body is a file, which the handler reads as it arrives
	status    int    // of success; 0: 200, or 204 without an answer
	conflicts bool   // may answer 409
	proves    bool   // takes the caller's password: may answer 429 after wrong ones
	body      int64  // cap on the request's body in bytes; 0: maxBody
}

// signInBody caps the body that strangers may send, in bytes.
const signInBody = 8 << 10

// maxBody caps a request's body, in bytes: the largest document, a network
// configuration with every address it may have, is half of that.
const maxBody = 128 << 10

// none is a request or an answer without anything in it.
type none struct{}

// request is a request that is only a body.
type request[T any] struct{ Body T }

// answer is an answer that is only a body.
type answer[T any] struct{ Body T }

// ByID names something by its number.
type ByID struct {
	ID int64 `path:"id" minimum:"1" doc:"Its number."`
}

// describe is the operation as OpenAPI describes it.
func (r *registry) describe(o operation) huma.Operation {
	op := huma.Operation{
		OperationID:   o.id,
		Method:        o.method,
		Path:          o.path,
		Tags:          []string{o.tag},
		Summary:       o.summary,
		Description:   strings.TrimSpace(o.detail + "\n\n" + o.permission()),
		DefaultStatus: o.status,
		MaxBodyBytes:  cmp.Or(o.body, maxBody),
		Security:      []map[string][]string{},
		Responses:     map[string]*huma.Response{},
		Extensions:    map[string]any{"x-policy": o.policy.String()},
	}
	if o.policy != gate.Public {
		op.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}}
	}
	if o.scope != "" {
		op.Extensions["x-scope"] = o.scope
	}
	if o.media != "" {
		op.Responses["200"] = &huma.Response{
			Description: http.StatusText(http.StatusOK),
			Content:     map[string]*huma.MediaType{o.media: {Schema: &huma.Schema{Type: huma.TypeString}}},
		}
	}
	if o.upload {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}}
	}
	for _, code := range o.errors() {
		op.Responses[strconv.Itoa(code)] = r.problemResponse(code)
	}
	return op
}

// permission says in words who may call the operation.
func (o operation) permission() string {
	text := map[gate.Policy]string{
		gate.Public:              "For everybody.",
		gate.SignedIn:            "For every account.",
		gate.SignedInReauth:      "For every account, with its password repeated a short time ago.",
		gate.Administrator:       "For administrators.",
		gate.AdministratorReauth: "For administrators, with the password repeated a short time ago.",
	}[o.policy]
	switch {
	case o.scope != "":
		return text + " An API token needs the scope `" + o.scope + "`."
	case o.policy != gate.Public:
		return text + " API tokens cannot call it."
	}
	return text
}

// errors are the statuses that the operation may answer with, beside success.
func (o operation) errors() []int {
	codes := []int{http.StatusBadRequest, http.StatusInternalServerError, http.StatusServiceUnavailable}
	if o.policy != gate.Public {
		codes = append(codes, http.StatusUnauthorized, http.StatusForbidden)
	}
	if strings.Contains(o.path, "{") {
		codes = append(codes, http.StatusNotFound)
	}
	if o.conflicts {
		codes = append(codes, http.StatusConflict)
	}
	if o.method != http.MethodGet {
		codes = append(codes, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if o.limited {
		codes = append(codes, http.StatusForbidden, http.StatusTooManyRequests)
	}
	if o.proves {
		codes = append(codes, http.StatusTooManyRequests)
	}
	codes = append(codes, http.StatusUnprocessableEntity)
	slices.Sort(codes)
	return slices.Compact(codes)
}
