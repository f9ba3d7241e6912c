// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"understudy/pkgstore/checkin"
)

// given is what an appliance has of the server: a bearer, a cookie with a
// download that was begun, and a key of Support.
type given struct {
	box     *box
	person  *person
	support string
}

func (w *world) give(b *box) given {
	w.Helper()
	b.mustCheck()
	p := w.person()
	if status, text := p.paste(b.statement(checkin.Download, 0)); status != 200 {
		w.Fatal(status, text)
	}
	p.piece(base332, 0, 1000)
	support, err := w.server.SupportKey(w.Context(), b.serial)
	w.must(err)
	return given{b, p, support}
}

// opens fails the test if what was given opens the server, or does not, against
// want. A customer's metadata are asked for by his ID.
func (g given) opens(want bool, customers ...string) {
	g.box.Helper()
	for _, id := range customers {
		if res := g.box.get("/tuf/" + id + "/timestamp.json"); (res.StatusCode == http.StatusOK) != want {
			g.box.Errorf("the bearer, of %s: %s", id, res.Status)
		}
	}
	if text := g.person.look(); strings.Contains(text, g.box.serial) != want {
		g.box.Errorf("the cookie: %q", text)
	}
	if status, _ := g.person.download(base332, 1000, -1); (status == http.StatusPartialContent) != want {
		g.box.Errorf("the download: %d", status)
	}
	if status, text := g.box.person().paste(g.support); (status == http.StatusOK) != want {
		g.box.Errorf("the key of Support: %d: %q", status, text)
	}
}

// What an appliance was given does not open what its next customer has, nor
// what is there for the box in its place.
func TestMoveEndsWhatWasGiven(t *testing.T) {
	t.Run("another customer", func(t *testing.T) {
		w := newWorld(t, false)
		b := w.box("US-1")
		before := w.give(b)
		unused := b.statement(checkin.Download, 0)
		w.clock.pass(time.Minute)
		w.must(w.server.Enroll(t.Context(), "US-1", "c2", "", ""))
		before.opens(false, "c1", "c2")
		if status, text := w.person().paste(unused); status != 403 || !strings.Contains(text, "Make a new one") {
			t.Errorf("a key that it made before: %d: %q", status, text)
		}
		w.clock.pass(time.Minute)
		w.must(w.server.Enroll(t.Context(), "US-1", "c2", "", "second floor"))
		b.mustCheck()
		p := w.person()
		p.paste(b.statement(checkin.Download, 0))
		status, file := p.download(base332, 0, -1)
		if status != 200 || !bytes.Contains(file, []byte("help.example.com")) || bytes.Contains(file, []byte("support.example.com")) {
			t.Errorf("%d: the file is not of the next customer", status)
		}
	})
	t.Run("another key", func(t *testing.T) {
		w := newWorld(t, false)
		before := w.give(w.box("US-1"))
		next := w.box("US-1")
		w.must(w.server.Enroll(t.Context(), "US-1", "c1", next.statement(checkin.Download, 0), ""))
		before.opens(false, "c1")
		w.give(next).opens(true, "c1")
	})
}

// Who enrols an appliance as it is, say for its note, ends nothing.
func TestEnrollAgainEndsNothing(t *testing.T) {
	w := newWorld(t, false)
	b, bystander := w.box("US-1"), w.give(w.box("US-2"))
	before := w.give(b)
	w.must(w.server.Enroll(t.Context(), "US-1", "c1", "", "first floor"))
	w.must(w.server.Enroll(t.Context(), "US-1", "c1", hex.EncodeToString(b.key[32:]), "first floor"))
	before.opens(true, "c1")
	w.must(w.server.Enroll(t.Context(), "US-1", "c2", "", ""))
	bystander.opens(true, "c2")

	// A key that is entered where none was known is no other key.
	w.must(w.server.Enroll(t.Context(), "US-3", "c1", "", ""))
	support, err := w.server.SupportKey(t.Context(), "US-3")
	w.must(err)
	w.must(w.server.Enroll(t.Context(), "US-3", "c1", w.box("US-3").statement(checkin.Download, 0), ""))
	if status, text := w.person().paste(support); status != 200 {
		t.Error(status, text)
	}
}
