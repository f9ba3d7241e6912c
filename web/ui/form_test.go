// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"reflect"
	"testing"
)

func testForm() Form {
	return Form{Fields: []Field{
		{Name: "name"}, {Name: "password", Type: "password"}, {Name: "on", Type: "checkbox", Checked: true},
		{Name: "role", Type: "select", Options: []Option{{Value: "a", Group: "x"}, {Value: "b", Group: "x", Selected: true}, {Value: "c"}}},
	}}
}

func TestFillKeepsWhatWasSentButPasswords(t *testing.T) {
	f := testForm()
	f.Fill(map[string][]string{"name": {"eve"}, "password": {"secret"}, "role": {"a"}})
	if f.Field("name").Value != "eve" || f.Field("password").Value != "" || f.Field("on").Checked {
		t.Errorf("got %+v", f.Fields)
	}
	options := f.Field("role").Options
	if !options[0].Selected || options[1].Selected {
		t.Errorf("got %+v", options)
	}
}

func TestFailPutsErrorsAtTheirFields(t *testing.T) {
	f := testForm()
	if f.Wrong() {
		t.Fatal("a fresh form is wrong")
	}
	f.Fail(map[string]string{"name": "Too long.", "elsewhere": "Not here."})
	if f.Field("name").Error != "Too long." || f.Refused != "Not here." || !f.Wrong() || len(f.Errors()) != 1 {
		t.Errorf("got %+v", f)
	}
}

func TestGroupsKeepOrder(t *testing.T) {
	groups := testForm().Field("role").Groups()
	var got []string
	for _, g := range groups {
		for _, o := range g.Options {
			got = append(got, g.Label+"/"+o.Value)
		}
	}
	if !reflect.DeepEqual(got, []string{"x/a", "x/b", "/c"}) {
		t.Errorf("got %q", got)
	}
}

func TestDescribedNamesWhatThereIs(t *testing.T) {
	for want, f := range map[string]Field{"": {Name: "a"}, "a-help": {Name: "a", Help: "h"}, "a-error a-help": {Name: "a", Help: "h", Error: "e"}} {
		if got := f.Described(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
