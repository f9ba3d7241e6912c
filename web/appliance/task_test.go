// SPDX-License-Identifier: Apache-2.0

package appliance_test

import (
	"context"
	"errors"
	"testing"

	"understudy/appliance/base/updates"
	"understudy/appliance/task"
	"understudy/web/appliance/appliancetest"
	"understudy/web/ui/uitest"
)

// A task about updates that has ended leads on.
func TestTasksOfUpdatesLeadOn(t *testing.T) {
	b := appliancetest.New(t, appliancetest.Options{Changed: true})
	browser := b.SignIn(t, "admin", appliancetest.Password)
	const toUpdates, toSite = `href="/appliance/updates">Go to Updates</a>`, `href="/login">Sign in to /login</a>`
	for _, c := range []struct {
		kind          string
		err           error
		updates, site bool
	}{
		{updates.KindCheck, nil, true, false}, {updates.KindCheck, errors.New("no answer"), true, false}, {updates.KindDownload, nil, true, false},
		{updates.KindBase, nil, true, false}, {updates.KindSite, nil, true, true}, {updates.KindSite, errors.New("broken"), true, false},
		{updates.KindLicense, nil, true, false}, {"test", nil, false, false},
	} {
		release := make(chan struct{})
		x, _, err := b.Tasks.Submit(t.Context(), adminActor, task.Spec{Kind: c.kind, Title: "Something", Run: func(context.Context, *task.Progress) error {
			<-release
			return c.err
		}})
		if err != nil {
			t.Fatal(err)
		}
		path := "/appliance/status/tasks/" + x.ID
		if a := browser.Get(path); a.Shows(toUpdates) || a.Shows(toSite) {
			t.Errorf("%s leads away before its end", c.kind)
		}
		close(release)
		waitFor(t, b, x.ID, func(x task.Task) bool { return !x.State.Live() })
		a := browser.Get(path)
		uitest.CheckPage(t, []byte(a.Body))
		if a.Shows(toUpdates) != c.updates || a.Shows(toSite) != c.site {
			t.Errorf("%s (%v) leads elsewhere: %s", c.kind, c.err, a.Body)
		}
	}
}
