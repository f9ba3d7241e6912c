// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"testing"

	"understudy/integration/person"
)

// step is one numbered step of a journey.
func step(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	if !t.Run(name, f) {
		t.FailNow()
	}
}

// pageStep is a step that a person takes at the pages.
func pageStep(t *testing.T, p *person.Person, name string, f func(t *testing.T, p *person.Person)) {
	t.Helper()
	step(t, name, func(t *testing.T) { p.During(t, func() { f(t, p) }) })
}
