// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
)

// fillStruct copies a decoded TOML tree into the struct that into points at,
// matching entries by toml tag. A decoder that works on the struct itself
// would stop at the first entry of a wrong type; this one reports them all.
func fillStruct(into any, tree map[string]any, p *problems) {
	fillTable(reflect.ValueOf(into).Elem(), tree, "", p)
}

func fillTable(v reflect.Value, tree map[string]any, path string, p *problems) {
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		name := path + key
		field, ok := fieldByTag(v, key)
		if !ok {
			p.add("%s is not a known entry.", clip(fmt.Sprintf("%q", name)))
			continue
		}
		fillValue(field, tree[key], name, p)
	}
}

func fieldByTag(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("toml"), ",")
		if tag == key {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func fillValue(field reflect.Value, value any, name string, p *problems) {
	switch field.Kind() {
	case reflect.Struct:
		if t, ok := value.(map[string]any); ok {
			fillTable(field, t, name+".", p)
			return
		}
	case reflect.Slice:
		if list, ok := asList(value); ok {
			field.Set(reflect.MakeSlice(field.Type(), len(list), len(list)))
			for i, item := range list {
				fillValue(field.Index(i), item, fmt.Sprintf("%s[%d]", name, i+1), p)
			}
			return
		}
	case reflect.String:
		if s, ok := value.(string); ok {
			field.SetString(s)
			return
		}
	case reflect.Bool:
		if b, ok := value.(bool); ok {
			field.SetBool(b)
			return
		}
	case reflect.Int:
		if n, ok := value.(int64); ok && n >= math.MinInt32 && n <= math.MaxInt32 {
			field.SetInt(n)
			return
		}
	}
	p.mistyped = append(p.mistyped, name)
	p.add("%s must be %s.", name, kindWord(field.Kind()))
}

// asList accepts an array and, as TOML has it, an array of tables.
func asList(value any) ([]any, bool) {
	switch l := value.(type) {
	case []any:
		return l, true
	case []map[string]any:
		list := make([]any, len(l))
		for i := range l {
			list[i] = l[i]
		}
		return list, true
	}
	return nil, false
}

func kindWord(k reflect.Kind) string {
	switch k {
	case reflect.Struct:
		return "a table"
	case reflect.Slice:
		return "a list"
	case reflect.String:
		return "text in quotes"
	case reflect.Bool:
		return "true or false"
	default:
		return "a whole number"
	}
}
