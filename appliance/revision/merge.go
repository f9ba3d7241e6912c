// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"encoding/json"
	"reflect"
)

// without returns doc as it would be had r not happened. Objects are compared
// key by key; everything else, lists included, is one value. What already is
// as it was before r stays; what is neither as r left it nor as it was before
// was changed again since, and the answer is ErrStale.
func without(r Revision, doc json.RawMessage) (json.RawMessage, error) {
	var values [3]any
	for i, raw := range []json.RawMessage{doc, r.After, r.Before} {
		v, err := decode(raw)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	result, ok := replace(values[0], values[1], values[2])
	if !ok {
		return nil, ErrStale
	}
	return encode(result, "")
}

// absent stands for a key that an object does not have.
type absent struct{}

// replace returns now with the step from old to new made in it.
func replace(now, old, new any) (any, bool) {
	switch {
	case reflect.DeepEqual(old, new):
		return now, true
	case reflect.DeepEqual(now, old), reflect.DeepEqual(now, new):
		return new, true
	}
	n, isObject := now.(map[string]any)
	o, wasObject := old.(map[string]any)
	w, willBe := new.(map[string]any)
	if !isObject || !wasObject || !willBe {
		return nil, false
	}
	result := map[string]any{}
	for _, m := range []map[string]any{n, w} {
		for key := range m {
			v, ok := replace(at(n, key), at(o, key), at(w, key))
			if !ok {
				return nil, false
			}
			if v != (absent{}) {
				result[key] = v
			}
		}
	}
	return result, true
}

func at(m map[string]any, key string) any {
	if v, ok := m[key]; ok {
		return v
	}
	return absent{}
}
