// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Problem is an answer that refuses: a page for people, problem+json (RFC 9457)
// for programs.
type Problem struct {
	Status     int
	Code       string        // stable, for programs: "reauthentication-required"
	Title      string        // a few words
	Text       string        // one sentence and what to do next
	Reference  string        // finds the log entry of a failure of ours
	Page       string        // where a person goes on, a path; empty: the start
	RetryAfter time.Duration // sent as a header when it is not zero
}

// Pages renders what the gate answers to browsers. Both methods write the
// status, the headers being set already.
type Pages interface {
	Problem(w http.ResponseWriter, r *http.Request, p Problem)
	PasswordAgain(w http.ResponseWriter, r *http.Request, q PasswordAgain)
}

// refuse answers with a problem in the form that the caller reads.
func (g *Gate) refuse(w http.ResponseWriter, r *http.Request, p Problem) {
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(p.RetryAfter/time.Second)))
	}
	if g.isAPI(r) {
		WriteProblem(w, p)
		return
	}
	g.config.Pages.Problem(w, r, p)
}

type gateKey struct{}

// Refuse answers a request that a handler will not serve, in the form that the
// caller reads.
func Refuse(w http.ResponseWriter, r *http.Request, p Problem) {
	if g, ok := r.Context().Value(gateKey{}).(*Gate); ok {
		g.refuse(w, r, p)
		return
	}
	WriteProblem(w, p)
}

// Fail answers a request that failed for a reason of ours: the cause goes to
// OnFailure, the caller gets a reference to it.
func Fail(w http.ResponseWriter, r *http.Request, cause error) {
	if g, ok := r.Context().Value(gateKey{}).(*Gate); ok {
		g.refuse(w, r, g.fail(r, cause, nil))
		return
	}
	WriteProblem(w, ourFault)
}

// NotFound answers a request for something that does not exist, or not any
// more.
func NotFound(w http.ResponseWriter, r *http.Request) { Refuse(w, r, notFound) }

// WriteProblem writes p as application/problem+json.
func WriteProblem(w http.ResponseWriter, p Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	// The connection is the only thing that can fail, and nobody is left to tell.
	_ = json.NewEncoder(w).Encode(struct {
		Title     string `json:"title"`
		Status    int    `json:"status"`
		Detail    string `json:"detail,omitempty"`
		Code      string `json:"code,omitempty"`
		Reference string `json:"reference,omitempty"`
	}{p.Title, p.Status, p.Text, p.Code, p.Reference})
}

// The refusals, each once.
var (
	badPath = Problem{Status: http.StatusBadRequest, Code: "bad-path", Title: "That address cannot be read",
		Text: "Check the address and type it again, without escapes or doubled slashes."}
	notFound = Problem{Status: http.StatusNotFound, Code: "not-found", Title: "There is no such page",
		Text: "The address may be mistyped, or what it named is gone."}
	wrongMethod = Problem{Status: http.StatusMethodNotAllowed, Code: "method-not-allowed", Title: "That cannot be done here",
		Text: "This address exists, but not for this kind of request."}
	crossOrigin = Problem{Status: http.StatusForbidden, Code: "cross-origin", Title: "The request came from another site",
		Text: "Nothing was changed. Open the page on this appliance and try again."}
	tooBusy = Problem{Status: http.StatusServiceUnavailable, Code: "busy", Title: "Too much at once",
		Text: "The appliance is answering as many requests as it can. Try again in a few seconds.", RetryAfter: 5 * time.Second}
	stopping = Problem{Status: http.StatusServiceUnavailable, Code: "stopping", Title: "The appliance is stopping",
		Text: "It restarts or shuts down just now. Try again in a minute.", RetryAfter: 10 * time.Second}
	tooOften = Problem{Status: http.StatusTooManyRequests, Code: "too-many-attempts", Title: "Too many attempts",
		Text: "This address has tried to sign in too often. Wait a minute and try again.", RetryAfter: time.Minute}
	tooLarge = Problem{Status: http.StatusRequestEntityTooLarge, Code: "too-large", Title: "That is too large",
		Text: "The request is larger than this page accepts. Nothing was changed."}
	badForm = Problem{Status: http.StatusBadRequest, Code: "bad-form", Title: "The form could not be read",
		Text: "Nothing was changed. Go back, reload the page and send the form again."}
	wrongType = Problem{Status: http.StatusUnsupportedMediaType, Code: "unsupported-media-type", Title: "The form could not be read",
		Text: "This page takes the form it shows, and nothing else."}
	signInFirst = Problem{Status: http.StatusUnauthorized, Code: "sign-in-required", Title: "Sign in first",
		Text: "Send an API token or a session of this appliance as a bearer token."}
	changeFirst = Problem{Status: http.StatusForbidden, Code: "password-change-required", Title: "Choose a new password first",
		Text: "This account has to change its password before anything else works."}
	notAllowed = Problem{Status: http.StatusForbidden, Code: "forbidden", Title: "Your role does not allow this",
		Text: "This account can look, but not change anything. Ask an administrator."}
	passwordFirst = Problem{Status: http.StatusForbidden, Code: "reauthentication-required", Title: "Give the password again",
		Text: "This call needs the password once more. Confirm it, then repeat the call within the next minutes."}
	ourFault = Problem{Status: http.StatusInternalServerError, Code: "internal", Title: "Something went wrong",
		Text: "The appliance could not answer. Try again; if it stays, give support the reference below."}
)

// outOfScope names what a token lacks. A call without a scope takes a session.
func outOfScope(scope string) *Problem {
	p := &Problem{Status: http.StatusForbidden, Code: "scope-required", Title: "The token does not allow this",
		Text: "No token can make this call: sign in and use a session."}
	if scope != "" {
		p.Text = "This call needs a token with the scope " + scope + ", or a session."
	}
	return p
}
