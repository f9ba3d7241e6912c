// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/appliance/client/applianceapi"
	"understudy/integration/box"
)

// said reports whether the console has shown a text since the box last started.
func said(b *box.Box, text string) bool {
	all := b.Console.Text()
	return strings.Contains(all[max(strings.LastIndex(all, "understudy: supervise"), 0):], text)
}

// whole checks that a box, somebody having signed in before, lacks nothing:
// its state is kept, and what a change writes can be read back.
func whole(t *testing.T, b *box.Box) {
	t.Helper()
	if !said(b, "understudy: state ready") || said(b, "state lost") {
		t.Error("the state is not in use")
	}
	c := b.API(t, box.Admin, box.Password)
	ctx := b.Within(t, 3*answer)
	if _, err := c.Reauthenticate(ctx, box.Password); err != nil {
		t.Fatal(err)
	}
	if _, err := c.AddUser(ctx, applianceapi.NewUser{Username: "dora", Role: "read-only", Password: "rain on a tin roof"}); err != nil {
		t.Fatal(err)
	}
	users, err := c.Users(ctx)
	if err != nil || !slices.ContainsFunc(users.Items, func(u applianceapi.User) bool { return u.Username == "dora" }) {
		t.Errorf("users %+v, %v", users, err)
	}
	if r, err := c.VerifyAudit(ctx); err != nil || !r.OK || r.Events == 0 {
		t.Errorf("audit log %+v, %v", r, err)
	}
	s, err := c.Status(ctx)
	if err != nil || s.Serial == "" || s.GUID == "" || s.Crashes != 0 {
		t.Errorf("status %+v, %v", s, err)
	}
}

// answer is how long a box may take for a few answers, before scaling.
const answer = 20 * time.Second
