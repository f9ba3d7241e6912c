// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"
	"net/netip"

	"understudy/appliance/audit"
	"understudy/web/gate"
)

// exchange is a request under way and its answer. Once it has failed on our
// side, what is written to it is dropped, and the gate answers.
type exchange struct {
	http.ResponseWriter
	request *http.Request
	failure error
}

// Header returns the answer's headers, or after a failure some that nobody sees.
func (x *exchange) Header() http.Header {
	if x.failure != nil {
		return http.Header{}
	}
	return x.ResponseWriter.Header()
}

// WriteHeader begins the answer.
func (x *exchange) WriteHeader(status int) {
	if x.failure == nil {
		x.ResponseWriter.WriteHeader(status)
	}
}

// Write adds to the answer.
func (x *exchange) Write(b []byte) (int, error) {
	if x.failure != nil {
		return len(b), nil
	}
	return x.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

type exchangeKey struct{}

func withExchange(ctx context.Context, x *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// exchangeOf returns the exchange that ctx belongs to. Every handler of this
// package runs in one.
func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// by is who makes the request, as the audit log names it.
func by(ctx context.Context) audit.Actor {
	p, _ := gate.From(ctx)
	return p.Actor()
}

// caller is who makes the request.
func caller(ctx context.Context) gate.Principal {
	p, _ := gate.From(ctx)
	return p
}

// arrivedAt is the address of this box that the request came in on; invalid
// where that is not known.
func arrivedAt(ctx context.Context) netip.Addr {
	local, ok := ctx.Value(http.LocalAddrContextKey).(interface{ AddrPort() netip.AddrPort })
	if !ok {
		return netip.Addr{}
	}
	return local.AddrPort().Addr().Unmap()
}
