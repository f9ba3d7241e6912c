// SPDX-License-Identifier: Apache-2.0

package ui

import "testing"

func TestSentence(t *testing.T) {
	for text, want := range map[string]string{"": "", "nothing to do": "Nothing to do.", "Done!": "Done!", "é": "É."} {
		if got := Sentence(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}
