// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"understudy/appliance/client/applianceapi"
)

// elsewhere are calls of the API that no command makes, and why.
var elsewhere = map[string]string{
	"With":    "no call",
	"Account": "'users list' shows it too", "User": "'users list' shows it too",
}

// What a program can do by the API, and a person on the pages, can be done from
// a terminal too.
func TestEveryCallHasACommand(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	client := reflect.TypeFor[*applianceapi.Client]()
	for i := range client.NumMethod() {
		name := client.Method(i).Name
		used := regexp.MustCompile(`(\bc|[cC]lient\)?)\.` + name + `\b`).MatchString(source.String())
		if used == (elsewhere[name] != "") {
			t.Errorf("%s: called by a command %v, excused %q", name, used, elsewhere[name])
		}
	}
}
