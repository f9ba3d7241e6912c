// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"encoding/json"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestWithout(t *testing.T) {
	for name, c := range map[string]struct{ before, after, now, want string }{
		"nothing since":               {`{"a":1}`, `{"a":2}`, `{"a":2}`, `{"a":1}`},
		"another key since":           {`{"a":1}`, `{"a":2}`, `{"a":2,"b":3}`, `{"a":1,"b":3}`},
		"an added key":                {`{}`, `{"a":1}`, `{"a":1,"b":2}`, `{"b":2}`},
		"a removed key":               {`{"a":1}`, `{}`, `{"b":2}`, `{"a":1,"b":2}`},
		"deep inside":                 {`{"x":{"y":{"a":1}}}`, `{"x":{"y":{"a":2}}}`, `{"x":{"y":{"a":2,"b":1},"z":0}}`, `{"x":{"y":{"a":1,"b":1},"z":0}}`},
		"already back":                {`{"a":1}`, `{"a":2}`, `{"a":1,"b":2}`, `{"a":1,"b":2}`},
		"a list as a whole":           {`{"l":[1]}`, `{"l":[1,2]}`, `{"l":[1,2]}`, `{"l":[1]}`},
		"null is a value":             {`{"a":null}`, `{"a":1}`, `{"a":1}`, `{"a":null}`},
		"changed again":               {`{"a":1}`, `{"a":2}`, `{"a":3}`, ""},
		"removed again":               {`{"a":1}`, `{"a":2}`, `{}`, ""},
		"added again otherwise":       {`{"a":1}`, `{}`, `{"a":2}`, ""},
		"a list changed again":        {`{"l":[1]}`, `{"l":[1,2]}`, `{"l":[1,2,3]}`, ""},
		"an object became a number":   {`{"o":{"a":1}}`, `{"o":{"a":2}}`, `{"o":5}`, ""},
		"the inside of what it added": {`{}`, `{"o":{"a":1}}`, `{"o":{"a":1,"b":2}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := without(Revision{Before: json.RawMessage(c.before), After: json.RawMessage(c.after)}, json.RawMessage(c.now))
			if c.want == "" && !errors.Is(err, ErrStale) || c.want != "" && (err != nil || string(got) != c.want) {
				t.Errorf("got %s, %v, want %q", got, err, c.want)
			}
		})
	}
}

// document draws JSON that is a few levels deep, with few enough keys that
// documents meet.
func document() *rapid.Generator[any] {
	leaf := rapid.Custom(func(t *rapid.T) any {
		return rapid.SampledFrom([]any{nil, true, "", "a", "b", json.Number("1"), json.Number("2"), []any{}, []any{"x"}}).Draw(t, "leaf")
	})
	level := leaf
	for range 3 {
		inner := level
		level = rapid.Custom(func(t *rapid.T) any {
			if rapid.IntRange(0, 3).Draw(t, "kind") == 0 {
				return leaf.Draw(t, "value")
			}
			return map[string]any(rapid.MapOfN(rapid.SampledFrom([]string{"k", "l", "m"}), inner, 0, 3).Draw(t, "object"))
		})
	}
	return level
}

func TestTheNewestRevisionCanAlwaysBeUndone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Revision{Before: drawn(t, "before"), After: drawn(t, "after")}
		got, err := without(r, r.After)
		if err != nil || string(got) != string(r.Before) {
			t.Errorf("undone to %s, %v", got, err)
		}
	})
}

func TestChangesOfDifferentThingsAreUndoneInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		object := func(k, l any) json.RawMessage {
			raw, err := encode(map[string]any{"k": k, "l": l}, "")
			if err != nil {
				t.Fatal(err)
			}
			return raw
		}
		d := document()
		k, l := d.Draw(t, "k"), d.Draw(t, "l")
		newK, newL := d.Draw(t, "new k"), d.Draw(t, "new l")
		changes := []Revision{
			{Before: object(k, l), After: object(newK, l)},
			{Before: object(newK, l), After: object(newK, newL)},
		}
		if rapid.Bool().Draw(t, "first first") {
			changes[0], changes[1] = changes[1], changes[0]
		}
		now := object(newK, newL)
		for _, r := range changes {
			var err error
			if now, err = without(r, now); err != nil {
				t.Fatal(err)
			}
		}
		if want := object(k, l); string(now) != string(want) {
			t.Errorf("undone to %s, want %s", now, want)
		}
	})
}

func drawn(t *rapid.T, label string) json.RawMessage {
	raw, err := encode(document().Draw(t, label), "")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
