// SPDX-License-Identifier: Apache-2.0

package services

import "testing"

func TestScopesAreWholeAndDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Scopes() {
		if s.Name == "" || s.Text == "" || s.Role == "" || seen[s.Name] {
			t.Errorf("the scope %+v is incomplete or there twice", s)
		}
		seen[s.Name] = true
	}
}
