// SPDX-License-Identifier: Apache-2.0

package api

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"understudy/appliance/account"
	"understudy/appliance/base/clock"
	"understudy/appliance/base/network"
	"understudy/appliance/base/network/tools"
	"understudy/appliance/base/power"
	"understudy/appliance/base/updates"
	"understudy/appliance/client/applianceapi"
	"understudy/appliance/confirm"
	"understudy/appliance/health"
	"understudy/appliance/revision"
	"understudy/appliance/task"
	"understudy/web/ui"
)

const problemType = "application/problem+json"

// problem is an answer that refuses.
type problem struct {
	applianceapi.Problem
	retryAfter time.Duration // sent as a header when it is not zero
}

// GetStatus returns the HTTP status.
func (p *problem) GetStatus() int { return p.Status }

// ContentType returns the content type of a problem.
func (p *problem) ContentType(string) string { return problemType }

// GetHeaders returns what is sent beside the body.
func (p *problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(p.retryAfter.Round(time.Second)/time.Second)))
	}
	return h
}

// refuse makes a problem.
func refuse(status int, code, title, detail string) *problem {
	return &problem{Problem: applianceapi.Problem{Status: status, Code: code, Title: title, Detail: detail}}
}

// invalid makes the problem of one field of the body.
func invalid(field, text string) *problem {
	p := refuse(http.StatusUnprocessableEntity, applianceapi.CodeInvalid, "The request cannot be used", "Nothing was changed. Correct what is listed and send it again.")
	p.Errors = []applianceapi.FieldProblem{{Location: strings.TrimSuffix("body."+field, "."), Message: text}}
	return p
}

// invalidFields makes the problem of several fields.
func invalidFields(prefix string, fields map[string]string) *problem {
	p := invalid("", "")
	p.Errors = nil
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		p.Errors = append(p.Errors, applianceapi.FieldProblem{Location: prefix + field, Message: fields[field]})
	}
	return p
}

// known are the errors of domain packages whose sentence is all there is to
// say, and what they mean for a program.
var known = []struct {
	err    error
	status int
	code   string
	title  string
}{
	{task.ErrNotFound, http.StatusNotFound, applianceapi.CodeNotFound, "There is no such task"},
	{account.ErrNotFound, http.StatusNotFound, applianceapi.CodeNotFound, "There is nothing with this id"},
	{revision.ErrNotFound, http.StatusNotFound, applianceapi.CodeNotFound, "There is no such revision"},
	{health.ErrNotFound, http.StatusNotFound, applianceapi.CodeNotFound, "There is no such warning"},
	{confirm.ErrNotFound, http.StatusNotFound, applianceapi.CodeNotFound, "Nothing waits for a confirmation"},
	{confirm.ErrPending, http.StatusConflict, applianceapi.CodePending, "A change waits for its confirmation"},
	{confirm.ErrReverting, http.StatusConflict, applianceapi.CodeConflict, "The change is being taken back"},
	{revision.ErrFirst, http.StatusConflict, applianceapi.CodeConflict, "Nothing to take back"},
	{revision.ErrStale, http.StatusConflict, applianceapi.CodeStale, "Somebody was faster"},
	{clock.ErrNoRefusal, http.StatusConflict, applianceapi.CodeConflict, "No step waits for consent"},
	{revision.ErrNothing, http.StatusConflict, applianceapi.CodeConflict, "Nothing to take back"},
	{account.ErrExists, http.StatusConflict, applianceapi.CodeConflict, "The user name is taken"},
	{account.ErrLastAdministrator, http.StatusConflict, applianceapi.CodeConflict, "The last administrator"},
	{account.ErrOwnAccount, http.StatusConflict, applianceapi.CodeConflict, "Your own account"},
	{updates.ErrNoOffer, http.StatusNotFound, applianceapi.CodeNotFound, "No such package"},
	{updates.ErrNotReady, http.StatusNotFound, applianceapi.CodeNotFound, "No such package"},
	{power.ErrNoDisk, http.StatusConflict, applianceapi.CodeConflict, "There is nothing to reset"},
	{account.ErrCredentials, http.StatusForbidden, applianceapi.CodePassword, "Wrong user name or password"},
	{account.ErrNoSession, http.StatusUnauthorized, applianceapi.CodeSignIn, "Sign in first"},
}

// explain turns an error of a domain package into what the caller is told.
// What is not meant for callers becomes a failure that the gate reports.
func explain(ctx context.Context, err error) error {
	var own *problem
	if errors.As(err, &own) {
		return own
	}
	if p := fieldProblem(err); p != nil {
		return p
	}
	if p := packageProblem(err); p != nil {
		return p
	}
	for _, k := range known {
		if errors.Is(err, k.err) {
			return refuse(k.status, k.code, k.title, ui.Sentence(k.err.Error()))
		}
	}
	var locked *account.LockedError
	var held *power.HeldError
	var trial *updates.TrialError
	switch {
	case errors.As(err, &trial):
		return refuse(http.StatusConflict, applianceapi.CodeConflict, "A new version is on trial", ui.Sentence(trial.Error()))
	case errors.As(err, &held):
		return refuse(http.StatusConflict, applianceapi.CodeConflict, "The appliance must not go down now", ui.Sentence(held.Error()))
	case errors.As(err, &locked):
		return refuse(http.StatusTooManyRequests, applianceapi.CodeLocked, "The user name is locked", ui.Sentence(locked.Error()))
	}
	for _, busy := range []error{account.ErrBusy, task.ErrBusy, task.ErrClosed} {
		if errors.Is(err, busy) {
			p := refuse(http.StatusServiceUnavailable, applianceapi.CodeBusy, "Not at the moment", ui.Sentence(busy.Error()))
			p.retryAfter = 5 * time.Second
			return p
		}
	}
	exchangeOf(ctx).failure = err
	return refuse(http.StatusInternalServerError, "", "", "")
}

// fieldProblem recognises the errors that are about fields of the request.
func fieldProblem(err error) *problem {
	var weak *account.PolicyError
	var wrong *account.InvalidError
	var input *tools.InputError
	var settings *network.InvalidError
	var timing *clock.InvalidError
	switch {
	case errors.As(err, &settings):
		return invalidFields("body.config.", settings.Fields)
	case errors.As(err, &timing):
		fields := maps.Clone(timing.Fields)
		if text, ok := fields["zone"]; ok {
			delete(fields, "zone")
			fields["timeZone"] = text
		}
		return invalidFields("body.", fields)
	case errors.As(err, &input):
		return invalid(input.Field, input.Text)
	case errors.As(err, &weak):
		return invalid("password", ui.Sentence(err.Error()))
	case errors.As(err, &wrong):
		return invalid(wrong.Field, ui.Sentence(wrong.Error()))
	}
	return nil
}

// tidy makes our problems of what huma says about a request. The value that
// was refused is left out: it may be a password.
func tidy(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := refuse(m.Status, "", http.StatusText(m.Status), ui.Sentence(cmp.Or(m.Detail, "The request cannot be used")))
	if len(m.Errors) > 0 {
		p.Code, p.Detail = applianceapi.CodeInvalid, "Nothing was changed. Correct what is listed and send it again."
	}
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, applianceapi.FieldProblem{Location: e.Location, Message: ui.Sentence(e.Message)})
	}
	if m.Status == http.StatusRequestEntityTooLarge {
		p.Code, p.Detail = "too-large", "The request is larger than this operation accepts. Nothing was changed."
	}
	return p, nil
}
