// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"understudy/appliance/audit"
	"understudy/appliance/client/applianceapi"
	"understudy/web/api"
	"understudy/web/gate"
	"understudy/web/services"
)

// document is what these tests read of the OpenAPI document.
type document struct {
	OpenAPI string
	Servers []struct{ URL string }
	Paths   map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Summary     string
		Policy      string `json:"x-policy"`
		Scope       string `json:"x-scope"`
		Security    []map[string][]string
		Parameters  []struct{ Name, In string }
		Responses   map[string]struct{ Content map[string]any }
		RequestBody *struct{ Content map[string]any }
	}
	Components struct{ Schemas map[string]any }
}

func readDocument(t *testing.T) (document, []byte) {
	t.Helper()
	raw, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return d, raw
}

func TestDocumentIsTheOneCheckedIn(t *testing.T) {
	_, raw := readDocument(t)
	const golden = "openapi.json"
	if *update {
		if err := os.WriteFile(golden, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(raw)); diff != "" {
		t.Errorf("the API changed; if that is meant, run the test with -update:\n%s", diff)
	}
}

// TestDocumentAndRoutes holds what is said against what is served: every route
// is described with its policy and scope, and nothing else is.
func TestDocumentAndRoutes(t *testing.T) {
	d, _ := readDocument(t)
	if !strings.HasPrefix(d.OpenAPI, "3.1.") || len(d.Servers) != 1 || d.Servers[0].URL != applianceapi.Prefix {
		t.Errorf("the document is of version %s for %v", d.OpenAPI, d.Servers)
	}
	var described, served []string
	for path, methods := range d.Paths {
		for method, op := range methods {
			described = append(described, fmt.Sprintf("%s %s %s scope=%s", strings.ToUpper(method), applianceapi.Prefix+path, op.Policy, op.Scope))
		}
	}
	for _, r := range api.Routes(&services.Appliance{}) {
		served = append(served, fmt.Sprintf("%s %s %s scope=%s", r.Method, r.Pattern, r.Policy, r.Scope))
	}
	slices.Sort(described)
	slices.Sort(served)
	if diff := cmp.Diff(served, described); diff != "" {
		t.Errorf("served (-) and described (+) differ:\n%s", diff)
	}
}

func TestEveryOperationSaysWhatItDoes(t *testing.T) {
	d, raw := readDocument(t)
	known := map[string]bool{}
	for _, s := range services.Scopes() {
		known[s.Name] = true
	}
	seen := map[string]string{}
	for path, methods := range d.Paths {
		for method, op := range methods {
			name := method + " " + path
			if op.OperationID == "" || op.Summary == "" {
				t.Errorf("%s has operationId %q and summary %q", name, op.OperationID, op.Summary)
			}
			if other := seen[op.OperationID]; other != "" {
				t.Errorf("%s and %s are both called %s", name, other, op.OperationID)
			}
			seen[op.OperationID] = name
			if op.Scope != "" && !known[op.Scope] {
				t.Errorf("%s wants the scope %q, which nobody can give", name, op.Scope)
			}
			if public := op.Policy == gate.Public.String(); public != (len(op.Security) == 0) {
				t.Errorf("%s has policy %s and security %v", name, op.Policy, op.Security)
			}
			for _, part := range strings.Split(path, "/") {
				name := strings.Trim(part, "{}")
				if name != part && !slices.Contains(op.Parameters, struct{ Name, In string }{name, "path"}) {
					t.Errorf("%s %s does not read %s", method, path, part)
				}
			}
			errors := 0
			for status, response := range op.Responses {
				if status < "400" {
					continue
				}
				errors++
				if response.Content["application/problem+json"] == nil {
					t.Errorf("%s answers %s with something else than a problem", name, status)
				}
			}
			if errors == 0 {
				t.Errorf("%s names no errors", name)
			}
			if op.RequestBody != nil && (len(op.RequestBody.Content) != 1 ||
				op.RequestBody.Content["application/json"] == nil && op.RequestBody.Content["application/octet-stream"] == nil) {
				t.Errorf("%s takes something else than JSON, and it is no file", name)
			}
		}
	}
	for _, leak := range []string{"ErrorModel", "ErrorDetail", "$schema"} {
		if strings.Contains(string(raw), leak) {
			t.Errorf("the document mentions %s, which no answer has", leak)
		}
	}
}

// TestDocumentNamesEveryOutcome: what the audit log may say is what the
// document says it may.
func TestDocumentNamesEveryOutcome(t *testing.T) {
	_, raw := readDocument(t)
	var d struct {
		Components struct {
			Schemas struct {
				AuditEvent struct {
					Properties struct{ Outcome struct{ Enum []string } }
				}
			}
		}
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	want := []string{audit.OK, audit.Refused, audit.Failed, audit.Accepted, audit.RolledBack}
	if diff := cmp.Diff(want, d.Components.Schemas.AuditEvent.Properties.Outcome.Enum); diff != "" {
		t.Errorf("used (-) and described (+) differ:\n%s", diff)
	}
}

// TestFurtherFields: unknown fields of a request are refused, and the document
// says so; answers may grow.
func TestFurtherFields(t *testing.T) {
	d, _ := readDocument(t)
	for name, closed := range map[string]bool{
		"NetworkChange": true, "NetworkConfig": true, "NetworkAddress": true, "Credentials": true, "UserChange": true,
		"Status": false, "Task": false, "ListTask": false, "Problem": false,
	} {
		object, ok := d.Components.Schemas[name].(map[string]any)
		if !ok || (object["additionalProperties"] == false) != closed {
			t.Errorf("%s: closed is %v, want %v", name, object["additionalProperties"] == false, closed)
		}
	}
}
