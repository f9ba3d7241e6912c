// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"crypto/ed25519"
	"encoding/hex"
	"testing"
)

// The fingerprint is the one that other tools give for the first test key of
// RFC 8032: base64 of SHA-256 over the 32 bytes of the public key.
func TestKeyPrint(t *testing.T) {
	seed, err := hex.DecodeString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
	if err != nil {
		t.Fatal(err)
	}
	const want = "SHA256:If4x36FUomFia/hUBG/SJxt77UtqvkWqWId+9H+XIbk"
	if got := New(Config{Key: ed25519.NewKeyFromSeed(seed)}).Facts().KeyPrint; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := New(Config{}).Facts().KeyPrint; got != "" {
		t.Errorf("a box without a key has the fingerprint %s", got)
	}
}
