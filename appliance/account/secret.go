// SPDX-License-Identifier: Apache-2.0

package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"
)

// secretSize is 256 bits: nobody guesses it, so a plain SHA-256 of it may be
// stored.
const secretSize = 32

// newSecret returns a secret that begins with prefix, and what is stored of it.
func newSecret(prefix string) (secret string, hash []byte) {
	b := make([]byte, secretSize)
	_, _ = rand.Read(b) // never fails
	secret = prefix + base64.RawURLEncoding.EncodeToString(b)
	return secret, hashSecret(secret)
}

func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// newID returns a public id: it opens nothing, and is safe in a URL.
func newID() string { return strings.ToLower(rand.Text()[:16]) }

// shorten makes what a client says about itself fit for a list.
func shorten(agent string) string {
	const limit = 200 // bytes
	agent = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(agent[:min(len(agent), limit)], ""))
	return strings.TrimRight(agent, string(utf8.RuneError))
}
