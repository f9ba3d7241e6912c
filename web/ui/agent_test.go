// SPDX-License-Identifier: Apache-2.0

package ui

import "testing"

func TestAgent(t *testing.T) {
	for header, want := range map[string]string{
		"": "unnamed program",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0": "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile/15E148 Safari/604.1":      "Safari on iPhone",
		"understudyctl/1": "understudyctl/1",
		"a program with a name that is far too long to be shown": "a program with a name that is far too lo…",
	} {
		if got := Agent(header); got != want {
			t.Errorf("%q is shown as %q", header, got)
		}
	}
}
