// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"understudy/appliance/client/applianceapi"
	"understudy/web/api/apitest"
)

// TestBadInput sends what is no request of this API. Each gets a problem with
// a reason; no secret comes back; nothing changes.
func TestBadInput(t *testing.T) {
	b := apitest.Start(t)
	admin := b.Administrator()
	before := must[applianceapi.Network](t)(admin.Network(t.Context()))
	in := must[applianceapi.SignedIn](t)(signInAgain(b))
	const users, network = applianceapi.Prefix + "/users", applianceapi.Prefix + "/network"
	if _, err := b.ClientWith(in.Secret).Reauthenticate(t.Context(), apitest.NewPassword); err != nil {
		t.Fatal(err)
	}
	good := `{"username":"kim","role":"read-only","password":"s3cret-of-kim"}`
	for _, row := range []struct {
		name, method, path, contentType, text string
		status                                int
		want                                  string
	}{
		{"no body", "POST", users, "application/json", "", 400, "required"},
		{"not JSON", "POST", users, "application/json", "username=kim", 400, "nvalid character"},
		{"a form", "POST", users, "application/x-www-form-urlencoded", "username=kim", 415, ""},
		{"plain text", "POST", users, "text/plain", good, 415, ""},
		{"another encoding", "POST", users, "application/json", "{\"username\":\"\xff\"}", 400, "UTF-8"},
		{"unknown field", "POST", users, "application/json", `{"username":"kim","role":"read-only","password":"s3cret-of-kim","id":1}`, 422, "body.id"},
		{"doubled field", "POST", users, "application/json", `{"username":"kim","Role":"read-only","role":"administrator","password":"s3cret-of-kim"}`, 400, "twice"},
		{"wrong type", "POST", users, "application/json", `{"username":5,"role":"read-only","password":"s3cret-of-kim"}`, 422, "body.username"},
		{"null", "POST", users, "application/json", `null`, 422, ""},
		{"a list", "POST", users, "application/json", `[]`, 422, ""},
		{"no such role", "POST", users, "application/json", `{"username":"kim","role":"root","password":"s3cret-of-kim"}`, 422, "body.role"},
		{"missing field", "POST", users, "application/json", `{"username":"kim","role":"read-only"}`, 422, "password"},
		{"deep", "POST", users, "application/json", strings.Repeat("[", 50000), 400, "deeper"},
		{"too large", "POST", users, "application/json", `{"username":"` + strings.Repeat("k", 200<<10) + `"}`, 413, ""},
		{"id that is none", "GET", users + "/first", "", "", 422, "path.id"},
		{"negative id", "GET", users + "/-1", "", "", 422, "path.id"},
		{"no such account", "GET", users + "/999", "", "", 404, ""},
		{"unknown parameter", "GET", applianceapi.Prefix + "/tasks?order=asc", "", "", 422, "query.order"},
		{"limit out of range", "GET", applianceapi.Prefix + "/tasks?limit=100000", "", "", 422, "query.limit"},
		{"no such state", "GET", applianceapi.Prefix + "/tasks?state=lost", "", "", 422, "query.state"},
		{"no such task", "GET", applianceapi.Prefix + "/tasks/none/events", "", "", 404, ""},
		{"no such path", "GET", applianceapi.Prefix + "/nothing", "", "", 404, ""},
		{"wrong method", "DELETE", applianceapi.Prefix + "/users", "", "", 405, ""},
		{"path tricks", "GET", applianceapi.Prefix + "/users/../status", "", "", 400, ""},
		{"no configuration", "PUT", network, "application/json", `{"revision":1}`, 422, "config"},
		{"null lists", "PUT", network, "application/json", `{"revision":1,"config":{"hostname":"x","interfaces":null,"dns":null,"ntp":null}}`, 422, "body.config"},
		{"a number beyond numbers", "PUT", network, "application/json", `{"revision":1e999}`, 400, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, contentType, text := send(t, b, row.method, row.path, in.Secret, row.contentType, row.text)
			var p applianceapi.Problem
			if err := json.Unmarshal([]byte(text), &p); err != nil || contentType != "application/problem+json" {
				t.Fatalf("answers %d, %s: %.300s", status, contentType, text)
			}
			if status != row.status || p.Status != status || p.Title == "" || !strings.Contains(text, row.want) {
				t.Errorf("answers %d %.300s; want %d and %q", status, text, row.status, row.want)
			}
			if strings.Contains(text, "s3cret") || strings.Contains(text, "goroutine") {
				t.Errorf("the answer holds what was secret: %s", text)
			}
		})
	}
	if list := must[applianceapi.List[applianceapi.User]](t)(admin.Users(t.Context())); len(list.Items) != 1 {
		t.Errorf("there are %d accounts now", len(list.Items))
	}
	if after := must[applianceapi.Network](t)(admin.Network(t.Context())); after.Revision != before.Revision {
		t.Error("the network was changed")
	}
}

// TestChunkedBodyIsBounded sends a body without saying how long it is.
func TestChunkedBodyIsBounded(t *testing.T) {
	b := apitest.Start(t)
	b.Administrator()
	in := must[applianceapi.SignedIn](t)(signInAgain(b))
	// Of much more than the cap, the server would cut the connection while the
	// rest is sent, and who is slow would see no answer.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, b.URL()+applianceapi.Prefix+"/network", &endless{left: 200 << 10})
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+in.Secret)
	req.Header.Set("Content-Type", "application/json")
	res, err := plainClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("answers %s", res.Status)
	}
}

// endless is a long document of spaces.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	n := min(len(p), e.left)
	for i := range n {
		p[i] = ' '
	}
	e.left -= n
	return n, nil
}
