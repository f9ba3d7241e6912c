// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestStepRunsOncePerInputs(t *testing.T) {
	c := cache{dir: t.TempDir(), log: t.Logf}
	runs := 0
	step := func(inputs ...string) string {
		path, err := c.step("thing.txt", inputs, func(path string) error {
			runs++
			return os.WriteFile(path, []byte(strings.Join(inputs, "+")), 0o644)
		})
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, b := step("ab", "c"), step("ab", "c")
	if a != b || runs != 1 {
		t.Errorf("same inputs: %s and %s in %d runs", a, b, runs)
	}
	if other := step("a", "bc"); other == a || runs != 2 {
		t.Errorf("other inputs: %s in %d runs", other, runs)
	}
}

func TestFailedStepLeavesNothing(t *testing.T) {
	c := cache{dir: t.TempDir(), log: t.Logf}
	broken := errors.New("broken")
	_, err := c.step("thing", nil, func(path string) error {
		return errors.Join(os.WriteFile(path, []byte("half"), 0o644), broken)
	})
	left, readErr := os.ReadDir(c.dir)
	if !errors.Is(err, broken) || readErr != nil || len(left) != 0 {
		t.Errorf("%v, left %v, %v", err, left, readErr)
	}
}

func TestBuildsMayShareACache(t *testing.T) {
	c := cache{dir: t.TempDir(), log: t.Logf}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			path, err := c.step("tree", []string{"x"}, func(path string) error {
				if err := os.Mkdir(path, 0o755); err != nil {
					return err
				}
				return os.WriteFile(path+"/file", []byte("x"), 0o644)
			})
			if _, statErr := os.Stat(path + "/file"); err != nil || statErr != nil {
				t.Errorf("%v, %v", err, statErr)
			}
		})
	}
	all.Wait()
	if left, err := os.ReadDir(c.dir); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestPruneKeepsTheNewest(t *testing.T) {
	c := cache{dir: t.TempDir(), log: t.Logf}
	start := time.Now()
	for i, name := range []string{"1-thing", "2-thing", "3-thing", "4-other"} {
		path := filepath.Join(c.dir, name)
		at := start.Add(time.Duration(-i) * time.Minute)
		if err := errors.Join(os.WriteFile(path, nil, 0o644), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.prune("thing", 2); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(c.dir, "*"))
	if err != nil || len(left) != 3 || filepath.Base(left[0]) != "1-thing" || filepath.Base(left[2]) != "4-other" {
		t.Errorf("left %v, %v", left, err)
	}
}
