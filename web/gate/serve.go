// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"runtime/debug"
	"time"
)

// ServeHTTP takes a request through every check up to the route.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := newAnswer(w)
	defer g.caught(a, r)
	g.headers(a, r)
	if Canonical(r) != nil {
		g.refuse(a, r, badPath)
		return
	}
	if g.origin.Check(r) != nil {
		g.refuse(a, r, crossOrigin)
		return
	}
	g.mux.ServeHTTP(a, r.WithContext(context.WithValue(r.Context(), gateKey{}, g)))
}

// caught turns a panic into a page without a trace.
func (g *Gate) caught(a *answer, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	p := g.fail(r, cause, debug.Stack())
	if a.begun {
		panic(http.ErrAbortHandler)
	}
	g.refuse(a, r, p)
}

// fail reports what went wrong on our side and returns what the caller is told.
// Work that stopped because the caller has left, or the program ends, has not
// gone wrong, and only in the second case somebody reads the answer; a panic
// has, whoever is there.
func (g *Gate) fail(r *http.Request, cause any, stack []byte) Problem {
	err, _ := cause.(error)
	if stack == nil && r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return stopping
	}
	p := ourFault
	p.Reference = rand.Text()[:10]
	if g.config.OnFailure != nil {
		g.config.OnFailure(r, p.Reference, cause, stack)
	}
	return p
}

// mount puts a route on the router, behind its caps and its policy.
func (g *Gate) mount(route Route) {
	body := route.MaxBody
	if body == 0 {
		body = DefaultMaxBody
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		taken := g.slotsOf(route)
		for i, s := range taken {
			if !s.take() {
				for _, held := range taken[:i] {
					held.give()
				}
				g.refuse(w, r, tooBusy)
				return
			}
		}
		defer func() {
			for _, s := range taken {
				s.give()
			}
		}()
		if r.ContentLength > body {
			g.refuse(w, r, tooLarge)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, body)
		if route.Upload {
			unhurried(w, r)
		}
		g.admit(w, r, route)
	}
	g.mux.Method(route.Method, route.Pattern, http.HandlerFunc(handler))
	if route.Method == http.MethodGet {
		g.mux.Method(http.MethodHead, route.Pattern, http.HandlerFunc(handler))
	}
}

// endless lets a stream outlive the deadlines of ordinary answers. It is for who
// was admitted: a stranger would hold its place for as long as he likes.
func endless(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Time{})
	_ = c.SetWriteDeadline(time.Time{})
}

func (g *Gate) slotsOf(route Route) []slots {
	switch {
	case route.Stream:
		return []slots{g.streams}
	case route.Limited:
		return []slots{g.inFlight, g.limited}
	}
	return []slots{g.inFlight}
}
