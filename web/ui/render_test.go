// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func TestParseNamesTheTemplateThatIsWrong(t *testing.T) {
	for file, content := range map[string]string{
		"pages/open.html":   `{{define "main"}}{{if}}{{end}}`,
		"pages/nomain.html": `{{define "other"}}{{end}}`,
	} {
		r, err := New(fstest.MapFS{file: {Data: []byte(content)}})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Parse(); err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(file[6:], ".html")) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestPageThatFailsWritesNothing(t *testing.T) {
	r, err := New(fstest.MapFS{"pages/p.html": {Data: []byte(`{{define "main"}}{{.Missing}}{{end}}`)}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := r.Page(w, 200, "p", Page{Body: struct{}{}}); err == nil {
		t.Error("a missing value is rendered")
	}
	if w.Body.Len() != 0 {
		t.Errorf("wrote %q", w.Body)
	}
}

func TestTextIsEscaped(t *testing.T) {
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := r.Small(w, 200, Page{}, Small{Title: `<script>alert(1)</script>`, Actions: []Button{{Label: "go", Href: "javascript:alert(1)"}}}); err != nil {
		t.Fatal(err)
	}
	if body := w.Body.String(); strings.Contains(body, "<script>alert") || strings.Contains(body, "javascript:") {
		t.Errorf("not escaped: %s", body)
	}
}
