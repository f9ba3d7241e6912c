// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"understudy/appliance/base/updates"
)

// A file that is longer than the gate lets in is refused as that.
func TestUploadThatIsTooLarge(t *testing.T) {
	body := http.MaxBytesReader(httptest.NewRecorder(), io.NopCloser(strings.NewReader(strings.Repeat("x", 3<<20))), 2<<20)
	_, err := io.Copy(io.Discard, arriving{body})
	var p *problem
	if !errors.As(explain(withExchange(context.Background(), &exchange{}), err), &p) || p.Status != http.StatusRequestEntityTooLarge || !strings.Contains(p.Detail, "2 MiB") {
		t.Errorf("refused as %v", err)
	}
}

// A refusal says of what it is: who makes a key or asks the update server has no
// package in mind.
func TestRefusalsSayOfWhat(t *testing.T) {
	for _, err := range []error{updates.ErrKeyFromSupport, updates.ErrNoIdentity, updates.ErrNoServer} {
		if p := packageProblem(err); p == nil || p.Status != http.StatusConflict || strings.Contains(p.Title, "package") {
			t.Errorf("%v: %+v", err, p)
		}
	}
}
