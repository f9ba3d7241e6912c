// SPDX-License-Identifier: Apache-2.0

package pack

import (
	"bytes"
	"os"
	"testing"
)

func FuzzOpen(f *testing.F) {
	for _, v := range vectors(f) {
		b, err := os.ReadFile("testdata/" + v.file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := readAll(b); err != nil && !malformedErr(err) {
			t.Errorf("not the package's fault? %v", err)
		}
	})
}

// What is read is valid, and has one form only.
func FuzzManifest(f *testing.F) {
	for _, v := range vectors(f) {
		if b := v.bytes(); len(b) > frameSize && v.file != "bad-length.pkg" {
			f.Add(manifestOf(b))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := parseManifest(body)
		if err != nil {
			if !malformedErr(err) {
				t.Errorf("not the manifest's fault? %v", err)
			}
			return
		}
		again, err := m.encode()
		if err != nil || !bytes.Equal(again[frameSize:], body) {
			t.Errorf("reads as %q, %v", again, err)
		}
	})
}
