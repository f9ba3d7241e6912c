// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/integration/vm"
)

// file is what the machines of one test file have cost.
type file struct {
	name   string
	boots  int
	resets int
	busy   time.Duration // time in which at least one of them ran
}

// tally sums the boots of tests up by file, in the order of names. What a
// person runs beside them does not count.
func tally(boots []vm.Boot) (files []file) {
	byName := map[string][]vm.Boot{}
	for _, b := range boots {
		if strings.HasSuffix(b.File, "_test.go") {
			byName[b.File] = append(byName[b.File], b)
		}
	}
	for name, boots := range byName {
		f := file{name: name, boots: len(boots)}
		slices.SortFunc(boots, func(a, b vm.Boot) int { return a.Start.Compare(b.Start) })
		var until time.Time
		for _, b := range boots {
			f.resets += b.Resets
			end := b.Start.Add(time.Duration(b.Seconds * float64(time.Second)))
			if from := later(b.Start, until); end.After(from) {
				f.busy += end.Sub(from)
			}
			until = later(end, until)
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return files
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// parseLimits reads lines of a file's name and a number; # begins a comment.
func parseLimits(text string) (map[string]int, error) {
	limits := map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		if len(f) != 2 {
			return nil, fmt.Errorf("line %d: want a file and a number", i+1)
		}
		n, err := strconv.Atoi(f[1])
		if err != nil || n < 0 {
			return nil, fmt.Errorf("line %d: %q is no number of boots", i+1, f[1])
		}
		if _, twice := limits[f[0]]; twice {
			return nil, fmt.Errorf("line %d: %s is there already", i+1, f[0])
		}
		limits[f[0]] = n
	}
	return limits, nil
}

// over names the files with more boots than allowed; one that is not listed
// is allowed none.
func over(files []file, limits map[string]int) (names []string) {
	for _, f := range files {
		if f.boots > limits[f.name] {
			names = append(names, f.name)
		}
	}
	return names
}

// table is what people read.
func table(files []file, limits map[string]int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-44s %6s %6s %7s %8s\n", "test file", "boots", "limit", "resets", "minutes")
	var sum file
	for _, f := range files {
		fmt.Fprintf(&b, "%-44s %6d %6d %7d %8.1f\n", f.name, f.boots, limits[f.name], f.resets, f.busy.Minutes())
		sum.boots += f.boots
		sum.resets += f.resets
		sum.busy += f.busy
	}
	fmt.Fprintf(&b, "%-44s %6d %6s %7d %8.1f\n", "all", sum.boots, "", sum.resets, sum.busy.Minutes())
	return b.String()
}
