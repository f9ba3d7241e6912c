// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAssetsAreWholeAndKept(t *testing.T) {
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Assets()) < 5 {
		t.Fatalf("only %d assets", len(r.Assets()))
	}
	for _, a := range r.Assets() {
		plain, packed := httptest.NewRecorder(), httptest.NewRecorder()
		a.ServeHTTP(plain, httptest.NewRequest("GET", a.Path, nil))
		req := httptest.NewRequest("GET", a.Path, nil)
		req.Header.Set("Accept-Encoding", "br, gzip")
		a.ServeHTTP(packed, req)
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatalf("%s: %v", a.Name, err)
		}
		unpacked, err := io.ReadAll(z)
		if err != nil || !bytes.Equal(unpacked, plain.Body.Bytes()) {
			t.Errorf("%s differs when it is compressed (%v)", a.Name, err)
		}
		h := plain.Header()
		if !strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get("Content-Type") == "" || h.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s is sent with %v", a.Name, h)
		}
	}
}

// What is measured is what a page costs before it shows anything.
func TestStyleAndScriptsStaySmall(t *testing.T) {
	for name, most := range map[string]int{"app.css": 27 << 10, "app.js": 4 << 10} {
		content, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if len(content) > most {
			t.Errorf("%s has %d bytes, more than %d", name, len(content), most)
		}
	}
}
