// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"errors"
	"net/http"
	"strconv"

	"understudy/appliance/base/clock"
	"understudy/appliance/revision"
	"understudy/web/gate"
	"understudy/web/ui"
)

// changeClock sets the time zone, and the limit of what needs no consent.
func (p *Pages) changeClock(w http.ResponseWriter, r *http.Request) error {
	base, err := strconv.ParseInt(r.PostForm.Get("revision"), 10, 64)
	if err != nil || base < 0 {
		return revision.ErrStale
	}
	settings, _, err := p.Clock.Settings(r.Context())
	if err != nil {
		return err
	}
	form := clockForm(settings, base)
	form.Fill(r.PostForm)
	settings.Zone = r.PostForm.Get("zone")
	if settings.MaxStepSeconds, err = strconv.Atoi(r.PostForm.Get("max-step")); err != nil {
		form.Fail(map[string]string{"max-step": "This is a number of seconds."})
		return p.basicsPage(w, r, &form)
	}
	principal, _ := gate.From(r.Context())
	err = p.Clock.Change(r.Context(), principal.Actor(), base, settings, "")
	var invalid *clock.InvalidError
	if errors.As(err, &invalid) {
		form.Fail(rename(invalid.Fields, map[string]string{"zone": "zone", "maxStepSeconds": "max-step"}))
		return p.basicsPage(w, r, &form)
	} else if err != nil {
		return err
	}
	return ui.Done(w, r, pathBasics, "clock-changed")
}
