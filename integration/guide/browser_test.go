// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"context"
	"strings"
	"testing"
	"time"

	"understudy/integration/box"
	"understudy/integration/chromium"
)

// reader is somebody before a tab of a real browser. What he cannot do ends the
// test; what the browser complains of, such as a violation of a page's policy or
// an error on the console, fails the step that it comes in.
type reader struct {
	t   *testing.T // of the step
	tab *chromium.Tab
	url string // of the site
}

func newReader(t *testing.T, c *chromium.Chromium, url string) *reader {
	t.Helper()
	return &reader{t: t, tab: c.OpenT(t), url: url}
}

// during has the reader act in a step.
func (r *reader) during(t *testing.T, f func()) {
	t.Helper()
	before := r.t
	r.t = t
	defer func() {
		r.t = before
		for _, c := range r.tab.Complaints() {
			t.Errorf("the browser complains: %s", c)
		}
	}()
	f()
}

func (r *reader) do(err error) {
	r.t.Helper()
	if err != nil {
		at, _ := r.tab.Path(r.t.Context())
		text, _ := r.tab.Text(r.t.Context())
		r.t.Fatalf("at %s: %v\nIt shows: %s", at, err, text)
	}
}

func (r *reader) open(path string) {
	r.t.Helper()
	_, err := r.tab.Goto(r.t.Context(), r.url+path)
	r.do(err)
}

func (r *reader) fill(label, value string) {
	r.t.Helper()
	r.do(r.tab.Fill(r.t.Context(), label, value))
}

func (r *reader) tick(label string) { r.t.Helper(); r.do(r.tab.Tick(r.t.Context(), label)) }

func (r *reader) attach(label, path string) {
	r.t.Helper()
	r.do(r.tab.Attach(r.t.Context(), label, path))
}

func (r *reader) press(words string) { r.t.Helper(); r.do(r.tab.Press(r.t.Context(), words)) }

// confirm presses a button, and gives the password where a form, or the page
// that comes between, asks for it once more.
func (r *reader) confirm(words, password string) {
	r.t.Helper()
	r.do(box.ConfirmIn(r.t.Context(), r.tab, words, password))
}

func (r *reader) save(words, dir string) string {
	r.t.Helper()
	path, err := r.tab.Save(r.t.Context(), words, dir)
	r.do(err)
	return path
}

func (r *reader) shows(words string) bool {
	ok, err := r.tab.Shows(r.t.Context(), words)
	return err == nil && ok
}

// see ends the test unless the page shows all the words.
func (r *reader) see(words ...string) {
	r.t.Helper()
	text, err := r.tab.Text(r.t.Context())
	r.do(err)
	for _, w := range words {
		if !strings.Contains(text, w) {
			at, _ := r.tab.Path(r.t.Context())
			r.t.Fatalf("%s does not show %q but: %s", at, w, text)
		}
	}
}

func (r *reader) at() string {
	r.t.Helper()
	path, err := r.tab.Path(r.t.Context())
	r.do(err)
	return path
}

// await looks at the page, which changes by itself or by again, until it is
// ready.
func (r *reader) await(what string, within time.Duration, ready func() bool, again func() error) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), within)
	defer cancel()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-tick.C:
			if again != nil {
				_ = again() // an appliance that is away is what is waited out
			}
		case <-ctx.Done():
			text, _ := r.tab.Text(r.t.Context())
			r.t.Fatalf("not within %s: %s\nThe page shows: %s", within, what, text)
		}
	}
}

// awaitPage opens an address again and again until it answers well.
func (r *reader) awaitPage(path string, within time.Duration) {
	r.t.Helper()
	status := 0
	load := func() (err error) {
		// A connection from before a restart may be one that nobody answers.
		ctx, cancel := context.WithTimeout(r.t.Context(), within/4)
		defer cancel()
		status, err = r.tab.Goto(ctx, r.url+path)
		return err
	}
	_ = load()
	r.await(path+" answers", within, func() bool { return status == 200 }, load)
	r.open(path) // once more, whole: the answer may have come to half a page
	r.tab.ForgiveOutage()
}

func (r *reader) pressBeside(label, words string) {
	r.t.Helper()
	r.do(r.tab.PressBeside(r.t.Context(), label, words))
}
