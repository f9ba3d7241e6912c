// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func text(diff []Line) string {
	var b strings.Builder
	for _, l := range diff {
		fmt.Fprintf(&b, "%c%s\n", l.Op, l.Text)
	}
	return b.String()
}

func TestDiff(t *testing.T) {
	for name, c := range map[string]struct{ before, after, want string }{
		"a value":   {`{"a":1,"b":2}`, `{"a":1,"b":3}`, " {\n   \"a\": 1,\n-  \"b\": 2\n+  \"b\": 3\n }\n"},
		"an item":   {`{"l":["x","z"]}`, `{"l":["x","y","z"]}`, " {\n   \"l\": [\n     \"x\",\n+    \"y\",\n     \"z\"\n   ]\n }\n"},
		"the first": {`null`, `{"a":1}`, "+{\n+  \"a\": 1\n+}\n"},
		"nothing":   {`{"a":1}`, `{"a":1}`, " {\n   \"a\": 1\n }\n"},
		"no escape": {`null`, `"<a & b>"`, "+\"<a & b>\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := text(Diff(Revision{Before: json.RawMessage(c.before), After: json.RawMessage(c.after)}))
			if got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

// check holds for every diff: its kept and removed lines are the text before,
// its kept and added lines the text after.
func check(t interface{ Errorf(string, ...any) }, a, b []string) (kept int) {
	var before, after []string
	for _, l := range diff(a, b) {
		if l.Op != '+' {
			before = append(before, l.Text)
		}
		if l.Op != '-' {
			after = append(after, l.Text)
		}
		if l.Op == ' ' {
			kept++
		}
	}
	if !slices.Equal(before, a) || !slices.Equal(after, b) {
		t.Errorf("the diff of %q and %q leads from %q to %q", a, b, before, after)
	}
	return kept
}

func TestApplyingADiffGivesTheTextAfter(t *testing.T) {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 12)
	rapid.Check(t, func(t *rapid.T) {
		a, b := words.Draw(t, "before"), words.Draw(t, "after")
		if kept, want := check(t, a, b), longest(a, b); kept != want {
			t.Errorf("%d lines kept, %d are common", kept, want)
		}
	})
}

// longest is the length of the longest common subsequence, the slow way.
func longest(a, b []string) int {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	if a[0] == b[0] {
		return 1 + longest(a[1:], b[1:])
	}
	return max(longest(a[1:], b), longest(a, b[1:]))
}

func TestALongDiffStaysSmall(t *testing.T) {
	var a, b []string
	for i := range 20_000 {
		a, b = append(a, fmt.Sprint("a", i)), append(b, fmt.Sprint("b", i))
	}
	check(t, a, b)
	if kept := check(t, append([]string{"same"}, a...), append([]string{"same"}, b...)); kept != 1 {
		t.Errorf("%d lines kept, want 1", kept)
	}
}

func FuzzDiff(f *testing.F) {
	f.Add("a\nb\nc", "a\nc\nd")
	f.Add(`{"a":1}`, `{"a":[1,2]}`)
	f.Add("", "null")
	f.Fuzz(func(t *testing.T, a, b string) {
		check(t, strings.Split(a, "\n"), strings.Split(b, "\n"))
		r := Revision{Before: json.RawMessage(a), After: json.RawMessage(b)}
		check(t, lines(r.Before), lines(r.After))
	})
}
