// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"slices"
	"testing"
)

// Each time that somebody accepts is written down, and all of them can be
// reached.
func TestAcceptingTheSameAgain(t *testing.T) {
	b := newBox(t, "uefi")
	for _, text := range []string{"Be good.", "Be good.", "Be better.", "Be good."} {
		if err := b.agree(t.Context(), ada, Candidate{ID: "a1", Agreement: text}); err != nil {
			t.Fatal(err)
		}
	}
	var seen []string
	var before int64
	for {
		page, err := b.Agreements(t.Context(), before, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, a := range page {
			seen, before = append(seen, a.Text), a.N
		}
	}
	if want := []string{"Be good.", "Be better.", "Be good.", "Be good."}; !slices.Equal(seen, want) {
		t.Errorf("newest first: %q, want %q", seen, want)
	}
}
