// SPDX-License-Identifier: Apache-2.0

package person

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/net/html"
)

// isUpload reports whether a form sends files.
func isUpload(form *html.Node) bool {
	return strings.EqualFold(attr(form, "enctype"), "multipart/form-data")
}

func isFile(c *html.Node) bool { return c.Data == "input" && attr(c, "type") == "file" }

// upload is what a form with files sends: its other fields, then the files that
// were chosen by their path on this machine.
func (f *fields) upload(target string, form, button *html.Node) (*http.Request, error) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range f.values(form, button) {
		for _, v := range values {
			if err := w.WriteField(name, v); err != nil {
				return nil, err
			}
		}
	}
	for _, c := range all(form, isFile) {
		path := f.changed[c]
		var content []byte
		if path != "" {
			var err error
			if content, err = os.ReadFile(path); err != nil {
				return nil, fmt.Errorf("choose a file: %w", err)
			}
			path = filepath.Base(path)
		}
		part, err := w.CreateFormFile(attr(c, "name"), path)
		if err == nil {
			_, err = part.Write(content)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	r, err := http.NewRequest(http.MethodPost, target, &body)
	if err == nil {
		r.Header.Set("Content-Type", w.FormDataContentType())
	}
	return r, err
}
