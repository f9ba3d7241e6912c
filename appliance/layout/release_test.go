// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"strings"
	"testing"
	"time"
)

var someRelease = Release{Product: Product, Version: "3.3.2", Build: "64-bit.1", Tree: 7, Built: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}

func TestReleaseReadsBack(t *testing.T) {
	b, err := someRelease.Encode()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "release.json", string(b))
	got, err := ParseRelease(b)
	if err != nil || got != someRelease {
		t.Errorf("read %+v, %v", got, err)
	}
	if got := UKIPath(someRelease); got != "/EFI/Linux/understudy-3.3.2-7.efi" {
		t.Errorf("UKIPath = %s", got)
	}
}

func TestReleaseRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Release){
		"other product": func(r *Release) { r.Product = "other" },
		"path":          func(r *Release) { r.Version = "../3" },
		"no version":    func(r *Release) { r.Version = "" },
		"counter":       func(r *Release) { r.Version = "3.3+2" },
		"build":         func(r *Release) { r.Build = "a b" },
		"tree":          func(r *Release) { r.Tree = -1 },
		"no time":       func(r *Release) { r.Built = time.Time{} },
	} {
		r := someRelease
		spoil(&r)
		if _, err := r.Encode(); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	good, _ := someRelease.Encode()
	for name, text := range map[string]string{
		"empty":      "",
		"unknown":    strings.Replace(string(good), `"tree"`, `"trees"`, 1),
		"wrong type": strings.Replace(string(good), `"tree": 7`, `"tree": "7"`, 1),
		"trailing":   string(good) + "{}",
		"large":      string(good) + strings.Repeat(" ", maxRelease),
	} {
		if _, err := ParseRelease([]byte(text)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func FuzzRelease(f *testing.F) {
	b, err := someRelease.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRelease(b)
		if err != nil {
			return
		}
		out, err := r.Encode()
		if err != nil {
			t.Fatalf("parsed %+v does not encode: %v", r, err)
		}
		if again, err := ParseRelease(out); err != nil || again != r {
			t.Fatalf("wrote %+v, read %+v, %v", r, again, err)
		}
	})
}
