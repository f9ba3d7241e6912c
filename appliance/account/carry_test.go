// SPDX-License-Identifier: Apache-2.0

package account

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSignOutsAreCarriedOver looks at a copy of the accounts after one of three
// people has signed out, and after the database itself was damaged.
func TestSignOutsAreCarriedOver(t *testing.T) {
	dir := t.TempDir()
	b := openIn(t, dir, nil)
	is(t, "bootstrap", b.Bootstrap(t.Context(), "admin", hashed(t, good), false), nil)
	leaves, gone := b.signIn("admin", good)
	stays, _ := b.signIn("admin", good)
	copied := filepath.Join(dir, "copy.db")
	is(t, "copy", b.db.Copy(t.Context(), copied), nil)
	is(t, "sign out", b.SignOut(t.Context(), gone), nil)
	b.signIn("admin", good) // is none of the copy's
	is(t, "close", b.db.Close(), nil)

	in := func() *box {
		other := t.TempDir()
		content, err := os.ReadFile(copied)
		is(t, "read", err, nil)
		is(t, "write", os.WriteFile(filepath.Join(other, "base.db"), content, 0o600), nil)
		return openIn(t, other, nil)
	}
	alive := func(b *box, secret string) bool {
		_, err := b.Resume(t.Context(), secret)
		return err == nil
	}
	if b := in(); !alive(b, leaves) || !alive(b, stays) {
		t.Fatal("the copy lacks a session")
	}
	database := filepath.Join(dir, "base.db")
	for range 2 {
		is(t, "carry", CarrySignOuts(t.Context(), database, copied), nil)
		if b := in(); alive(b, leaves) || !alive(b, stays) {
			t.Errorf("who has left is signed in: %v; who has not: %v", alive(b, leaves), alive(b, stays))
		}
	}
	is(t, "damage", os.WriteFile(database, []byte(strings.Repeat("no database ", 1000)), 0o600), nil)
	is(t, "carry", CarrySignOuts(t.Context(), database, copied), nil)
	if alive(in(), stays) {
		t.Error("nobody knows who has left, and one is signed in")
	}
	is(t, "damage", os.WriteFile(copied, []byte(strings.Repeat("no database ", 1000)), 0o600), nil)
	if err := CarrySignOuts(t.Context(), database, copied); err == nil {
		t.Error("a copy that cannot be read is no error")
	}
}
