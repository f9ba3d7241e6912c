// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestCheckState(t *testing.T) {
	for _, c := range []struct {
		name     string
		statuses map[string]int // by option; a second run with -fy is "-fy again"
		runs     string
		repaired string // part of the sentence
		lost     bool
	}{
		{"clean", map[string]int{"-p": 0}, "-p", "", false},
		{"small errors", map[string]int{"-p": 1}, "-p", "were repaired", false},
		{"wants a restart", map[string]int{"-p": 3}, "-p", "were repaired", false},
		{"large errors", map[string]int{"-p": 4, "-fy": 1}, "-p -fy", "files may be missing", false},
		{"nothing found the second time", map[string]int{"-p": 4, "-fy": 0}, "-p -fy", "files may be missing", false},
		{"no superblock, but a copy", map[string]int{"-p": 8, "-fy": 1}, "-p -fy", "files may be missing", false},
		{"two runs repair it", map[string]int{"-p": 8, "-fy": 12, "-fy again": 1}, "-p -fy -fy again", "files may be missing", false},
		{"no file system", map[string]int{"-p": 8, "-fy": 8, "-fy again": 8}, "-p -fy -fy again", "", true},
		{"hopeless", map[string]int{"-p": 4, "-fy": 4, "-fy again": 4}, "-p -fy -fy again", "", true},
		{"repaired and failed", map[string]int{"-p": 4, "-fy": 9, "-fy again": 9}, "-p -fy -fy again", "", true},
	} {
		var runs []string
		repaired, err := checkState(context.Background(), func(_ context.Context, option string) (int, error) {
			if slices.Contains(runs, option) {
				option += " again"
			}
			runs = append(runs, option)
			return c.statuses[option], nil
		})
		if got := strings.Join(runs, " "); got != c.runs {
			t.Errorf("%s: ran %q, want %q", c.name, got, c.runs)
		}
		if !strings.Contains(repaired, c.repaired) || (repaired == "") != (c.repaired == "") {
			t.Errorf("%s: repaired %q, want %q", c.name, repaired, c.repaired)
		}
		if (err != nil) != c.lost {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestCheckStateWithoutProgram(t *testing.T) {
	gone := errors.New("no such program")
	_, err := checkState(context.Background(), func(context.Context, string) (int, error) { return 0, gone })
	if !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
}

func TestReadTail(t *testing.T) {
	for _, n := range []int{0, 1, 99, 100, 101, 199, 200, 201, 5000} {
		all := strings.Repeat("0123456789", n/10+1)[:n]
		want := all[max(0, n-100):]
		if got := string(readTail(iotest.OneByteReader(strings.NewReader(all)), 100)); got != want {
			t.Errorf("of %d bytes: %q, want %q", n, got, want)
		}
	}
}
