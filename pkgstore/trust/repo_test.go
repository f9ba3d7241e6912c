// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"time"

	"understudy/pkgstore/pack"
)

var epoch = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// body is a package's bytes: to this room a package is any bytes.
var body = bytes.Repeat([]byte("software "), 1000)

func target(version string, body []byte) Target {
	return Target{
		Name: "base-" + version, Length: int64(len(body)), SHA256: sha256.Sum256(body),
		Summary: pack.Summary{
			Format: 1, Product: pack.Product, Architecture: "amd64", Release: pack.Release{Kind: pack.Base, Version: version, Tree: 1},
			Name: "Base Software " + version, Build: version + "-1", Restart: true, Built: epoch, Notes: "<b>&\u2028 is text",
		},
	}
}

// repo is a publisher and what one of its files is replaced by on the way.
type repo struct {
	t    testing.TB
	dir  string
	keys *Keys
	pub  *Publisher
	swap map[string][]byte // nil bytes: the file is not there
}

func newRepo(t testing.TB) *repo {
	t.Helper()
	r := &repo{t: t, dir: t.TempDir(), swap: map[string][]byte{}}
	r.reopen()
	r.publish(epoch, target("3.3.2", body))
	return r
}

// reopen is a restart of the server.
func (r *repo) reopen() {
	r.t.Helper()
	var err error
	if r.keys, err = OpenKeys(filepath.Join(r.dir, "keys.json"), Lifetimes{}, epoch); err != nil {
		r.t.Fatal(err)
	}
	if r.pub, err = OpenPublisher(r.keys, filepath.Join(r.dir, "view")); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repo) publish(now time.Time, targets ...Target) {
	r.t.Helper()
	if err := r.pub.Publish(targets, now, false); err != nil {
		r.t.Fatal(err)
	}
}

// files is the whole repository as it is now.
func (r *repo) files() map[string][]byte {
	out := map[string][]byte{"timestamp.json": r.pub.last.Timestamp}
	for path, data := range r.pub.last.Now {
		out[path] = data
	}
	for i, data := range r.keys.Roots() {
		out[fmt.Sprintf("%d.root.json", i+1)] = data
	}
	return out
}

// pathOf gives the path of a role's metadata as it is now.
func (r *repo) pathOf(role string) string {
	for path := range r.pub.last.Now {
		if _, rest, _ := bytes.Cut([]byte(path), []byte(".")); string(rest) == role+".json" {
			return path
		}
	}
	return role + ".json"
}

func (r *repo) fetch(_ context.Context, path string, _ int64) ([]byte, error) {
	if data, ok := r.swap[path]; ok {
		return data, nil
	}
	return r.pub.File(path)
}

func (r *repo) client() Dir {
	r.t.Helper()
	d, err := NewDir(r.t.TempDir(), r.keys.Roots()[0])
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

// restarted is d after a restart of the client.
func (r *repo) restarted(d Dir) Dir {
	r.t.Helper()
	d, err := NewDir(d.path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

func (r *repo) refresh(d Dir, now time.Time) ([]Target, error) {
	return Refresh(r.t.Context(), d, r.fetch, now)
}

func (r *repo) mustRefresh(d Dir, now time.Time) []Target {
	r.t.Helper()
	ts, err := r.refresh(d, now)
	if err != nil {
		r.t.Fatal(err)
	}
	return ts
}

// offline is an offline file of the first package.
func (r *repo) offline() []byte {
	r.t.Helper()
	var b bytes.Buffer
	if err := WriteOffline(&b, r.keys.Roots(), r.pub.Targets(), "base-3.3.2", bytes.NewReader(body)); err != nil {
		r.t.Fatal(err)
	}
	return b.Bytes()
}

// read opens an offline file and reads it to its end.
func read(file []byte, d Dir, now time.Time, waive bool) ([]byte, error) {
	_, pkg, err := OpenOffline(bytes.NewReader(file), d, now, waive)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(pkg)
}

// wantCheck fails the test unless err is an *Error of one of checks.
func wantCheck(t *testing.T, err error, checks ...string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want one of check %q", err, checks)
	}
	for _, c := range checks {
		if e.Check == c {
			if e.Want == "" || e.Have == "" || e.What == "" || problems[c][0] == "" {
				t.Fatalf("error without both values: %#v", e)
			}
			return
		}
	}
	t.Fatalf("check %q (%v), want one of %q", e.Check, err, checks)
}
