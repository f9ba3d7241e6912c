// SPDX-License-Identifier: Apache-2.0

package pack

import (
	"encoding/json"
	"testing"
	"time"
)

// Metadata that was signed once is read for years: the names of its fields
// stay.
func TestSummaryAsJSON(t *testing.T) {
	s := Summary{
		Format: 1, Product: Product, Architecture: "amd64", Release: Release{Kind: Site, Version: "12.2.0", Tree: 7},
		Name: "Bomgar-12.2.0", Build: "12.2.0-7", Requires: []Requirement{{Kind: Base, Min: "3.3.2", Package: "Base Software 3.3.2"}},
		Customer: &Customer{ID: "c1", Hostname: "support.example.com", Licenses: 25, Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
		Clients:  true, Minutes: 15, Built: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	}
	const want = `{"format":1,"product":"understudy","architecture":"amd64","kind":"site","version":"12.2.0","tree":7,` +
		`"name":"Bomgar-12.2.0","build":"12.2.0-7","requires":[{"kind":"base","min":"3.3.2","package":"Base Software 3.3.2"}],` +
		`"customer":{"id":"c1","hostname":"support.example.com","licenses":25,"expires":"2027-01-01T00:00:00Z"},` +
		`"clients":true,"minutes":15,"built":"2026-11-01T00:00:00Z"}`
	if got, err := json.Marshal(s); err != nil || string(got) != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
}
