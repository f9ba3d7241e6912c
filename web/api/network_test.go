// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"understudy/appliance/client/applianceapi"
	"understudy/web/api/apitest"
)

// withAddress is the box's configuration with one more address.
func withAddress(t *testing.T, c *applianceapi.Client, cidr string) applianceapi.NetworkChange {
	t.Helper()
	n := must[applianceapi.Network](t)(c.Network(t.Context()))
	card := &n.Config.Interfaces[0]
	card.Addresses = append(card.Addresses, applianceapi.NetworkAddress{CIDR: cidr, Enabled: true})
	return applianceapi.NetworkChange{Revision: n.Revision, Config: n.Config, Reason: "a second way in"}
}

func TestChangeNetworkConfirmed(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	change := withAddress(t, admin, "192.0.2.11/24")
	changed := must[applianceapi.NetworkChanged](t)(admin.ChangeNetwork(ctx, change))
	if changed.Pending == nil || changed.Revision == change.Revision || !strings.Contains(changed.Pending.Summary, "192.0.2.11") || changed.Pending.By.Via != "api" {
		t.Fatalf("the change gives %+v", changed)
	}
	// The revision it was made from is not the present one any more.
	_, err := admin.ChangeNetwork(ctx, change)
	wantProblem(t, err, http.StatusConflict, applianceapi.CodePending)
	if err := admin.Confirm(ctx, changed.Pending.ID); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, admin.Confirm(ctx, changed.Pending.ID), http.StatusNotFound, applianceapi.CodeNotFound)
	_, err = admin.ChangeNetwork(ctx, change)
	wantProblem(t, err, http.StatusConflict, applianceapi.CodeStale)
	n := must[applianceapi.Network](t)(admin.Network(ctx))
	if n.Pending != nil || len(n.Links) != 1 || len(n.Links[0].Current) < 2 {
		t.Errorf("the network is %+v", n)
	}
	r := must[applianceapi.RevisionDetail](t)(admin.Revision(ctx, n.Revision))
	if r.Revision.Reason != "a second way in" || !hasLine(r, "added", "192.0.2.11/24") {
		t.Errorf("the revision is %+v", r)
	}
}

func hasLine(r applianceapi.RevisionDetail, op, text string) bool {
	for _, l := range r.Diff {
		if l.Op == op && strings.Contains(l.Text, text) {
			return true
		}
	}
	return false
}

func TestChangeNetworkUndone(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	before := must[applianceapi.Network](t)(admin.Network(ctx))
	changed := must[applianceapi.NetworkChanged](t)(admin.ChangeNetwork(ctx, withAddress(t, admin, "192.0.2.11/24")))
	list := must[applianceapi.List[applianceapi.Confirmation]](t)(admin.Confirmations(ctx))
	if len(list.Items) != 1 || list.Items[0].ID != changed.Pending.ID {
		t.Fatalf("waiting: %+v", list.Items)
	}
	if err := admin.Undo(ctx, changed.Pending.ID); err != nil {
		t.Fatal(err)
	}
	n := must[applianceapi.Network](t)(admin.Network(ctx))
	if diff := cmp.Diff(before.Config, n.Config); diff != "" || n.Pending != nil {
		t.Errorf("after the undo there waits %v, and the configuration is not what it was:\n%s", n.Pending, diff)
	}
}

func TestChangeNetworkRefused(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	b.LAN.Add("192.0.2.77/24")
	for _, row := range []struct {
		name, field string
		spoil       func(*applianceapi.NetworkConfig)
	}{
		{"gateway that is none", "body.config.gateway4", func(c *applianceapi.NetworkConfig) { c.Gateway4 = "192.0.2" }},
		{"gateway outside", "body.config.gateway4", func(c *applianceapi.NetworkConfig) { c.Gateway4 = "198.51.100.1" }},
		{"mask that is none", "body.config.interfaces[0].addresses[0]", func(c *applianceapi.NetworkConfig) { c.Interfaces[0].Addresses[0].CIDR = "192.0.2.10/33" }},
		{"address in use", "body.config.interfaces[0].addresses[0]", func(c *applianceapi.NetworkConfig) { c.Interfaces[0].Addresses[0].CIDR = "192.0.2.77/24" }},
		{"time server that is none", "body.config.ntp", func(c *applianceapi.NetworkConfig) { c.NTP = []string{"a b"} }},
	} {
		t.Run(row.name, func(t *testing.T) {
			n := must[applianceapi.Network](t)(admin.Network(ctx))
			row.spoil(&n.Config)
			_, err := admin.ChangeNetwork(ctx, applianceapi.NetworkChange{Revision: n.Revision, Config: n.Config})
			wantProblem(t, err, http.StatusUnprocessableEntity, applianceapi.CodeInvalid)
			if err == nil || !strings.Contains(err.Error(), row.field) {
				t.Errorf("the problem does not name %s: %v", row.field, err)
			}
			if after := must[applianceapi.Network](t)(admin.Network(ctx)); after.Revision != n.Revision {
				t.Error("the configuration was changed all the same")
			}
		})
	}
}

func TestUtilities(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	ctx := t.Context()
	if r := must[applianceapi.PingResult](t)(admin.Ping(ctx, applianceapi.PingRequest{Host: apitest.Gateway, Count: 1})); r.Received != 1 || len(r.RoundTripsMs) != 1 || r.Problem != "" {
		t.Errorf("ping of the gateway: %+v", r)
	}
	if r := must[applianceapi.TCPTestResult](t)(admin.TCPTest(ctx, applianceapi.TCPTestRequest{Host: apitest.Gateway, Port: 9})); r.OK || !strings.Contains(r.Problem, "refused") {
		t.Errorf("connection to a closed port: %+v", r)
	}
	if r := must[applianceapi.LookupResult](t)(admin.Lookup(ctx, applianceapi.LookupRequest{Name: "box.example"})); r.Problem == "" || len(r.Records) != 0 {
		t.Errorf("look-up without name servers: %+v", r)
	}
	_, err := admin.TCPTest(ctx, applianceapi.TCPTestRequest{Host: "127.0.0.1", Port: 443})
	wantProblem(t, err, http.StatusUnprocessableEntity, applianceapi.CodeInvalid)
}
