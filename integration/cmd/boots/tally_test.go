// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"

	"understudy/integration/vm"
)

func TestTally(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(file string, after, seconds float64, resets int) vm.Boot {
		return vm.Boot{File: file, Start: start.Add(time.Duration(after * float64(time.Second))), Seconds: seconds, Resets: resets}
	}
	files := tally([]vm.Boot{
		at("b_test.go", 0, 30, 0),
		at("a_test.go", 20, 60, 1), // overlaps the next
		at("a_test.go", 0, 60, 0),
		at("a_test.go", 30, 10, 2), // inside the others
		at("a_test.go", 200, 40, 0),
		{File: "integration/cmd/run/power.go", Start: start, Seconds: 3600}, // no test
	})
	if len(files) != 2 || files[0].name != "a_test.go" || files[0].boots != 4 || files[0].resets != 3 || files[0].busy != 2*time.Minute {
		t.Errorf("tally: %+v", files)
	}
	limits := map[string]int{"a_test.go": 4}
	if got := over(files, limits); len(got) != 1 || got[0] != "b_test.go" {
		t.Errorf("over: %v", got)
	}
	limits["b_test.go"] = 1
	if got := over(files, limits); got != nil {
		t.Errorf("over: %v", got)
	}
	limits["a_test.go"] = 3
	if got := over(files, limits); len(got) != 1 {
		t.Errorf("over: %v", got)
	}
	if text := table(files, limits); !strings.Contains(text, "a_test.go") || !strings.Contains(text, "2.0") || !strings.HasPrefix(strings.Split(text, "\n")[3], "all ") {
		t.Errorf("table:\n%s", text)
	}
}

func TestParseLimits(t *testing.T) {
	limits, err := parseLimits("# why\n\nx_test.go 3 # three firmwares\ny_test.go\t0")
	if err != nil || len(limits) != 2 || limits["x_test.go"] != 3 {
		t.Errorf("%v, %v", limits, err)
	}
	for _, bad := range []string{"x_test.go", "x_test.go three", "x_test.go -1", "x 1 2", "x 1\nx 2"} {
		if _, err := parseLimits(bad); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
