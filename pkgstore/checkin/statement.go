// SPDX-License-Identifier: Apache-2.0

package checkin

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"understudy/naming"
	"understudy/pkgstore/pack"
)

// Purpose is what a statement may be used for.
type Purpose string

// The purposes.
const (
	Download Purpose = "download" // the Appliance Download Key
	Online   Purpose = "check"    // a check for updates by the box itself
)

// Limits of a statement. Serial and host name are in bytes.
const (
	MaxText      = 4 << 10 // the line, without white space
	MaxSerial    = 64
	MaxHostname  = 253
	MaxInstalled = 32

	maxSpace = 4 * MaxText // the line as it was pasted
)

// Statement is what a box says of itself.
type Statement struct {
	Purpose   Purpose
	Serial    string            // letters, digits, dot, dash, underscore
	Key       ed25519.PublicKey // the box's identity
	Hostname  string            // may be empty
	Installed []pack.Release
	At        time.Time // when it was made, by the clock of the box; UTC, whole seconds
	Nonce     [16]byte  // random: no two statements are the same
}

// body is the signed part of a statement but for the key.
type body struct {
	Purpose   Purpose        `json:"purpose"`
	Serial    string         `json:"serial"`
	Hostname  string         `json:"hostname"`
	Installed []pack.Release `json:"installed"`
	At        time.Time      `json:"at"`
	Nonce     string         `json:"nonce"` // base64url
}

const (
	prefix = "USK1-"
	domain = "understudy checkin 1\x00"
)

// Errors that a page shows as they are. What wraps ErrFormat adds a remark in
// parentheses.
var (
	ErrFormat    error = sentence("This is not a complete appliance key. Copy it again from the Updates page, from its first to its last character.")
	ErrSignature error = sentence("The appliance key was changed after the appliance made it. Copy it again from the Updates page.")
)

type sentence string

func (s sentence) Error() string { return string(s) }

var text64 = base64.RawURLEncoding.Strict()

// Sign makes the line. Key may be left out of the statement; the time is cut
// to whole seconds.
func Sign(key ed25519.PrivateKey, s Statement) (string, error) {
	if len(key) != ed25519.PrivateKeySize {
		return "", fmt.Errorf("signing a statement: the key has %d bytes, not %d", len(key), ed25519.PrivateKeySize)
	}
	public := key.Public().(ed25519.PublicKey)
	if s.Key != nil && !public.Equal(s.Key) {
		return "", errors.New("signing a statement: it names another key")
	}
	s.Key, s.At = public, s.At.UTC().Truncate(time.Second)
	if err := s.valid(); err != nil {
		return "", fmt.Errorf("signing a statement: %w", err)
	}
	b, err := s.encode()
	if err != nil {
		return "", fmt.Errorf("signing a statement: %w", err)
	}
	raw := append(append(bytes.Clone(public), ed25519.Sign(key, signed(public, b))...), b...)
	return prefix + text64.EncodeToString(raw), nil
}

// Parse reads a line and verifies its signature with the key that it names.
// White space and marks that cannot be seen, which copying may add, mean
// nothing anywhere in it. The error is or wraps ErrFormat or
// ErrSignature.
func Parse(text string) (Statement, error) {
	if len(text) > maxSpace {
		return Statement{}, fmt.Errorf("%w (%d characters are too many.)", ErrFormat, len(text))
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text)
	encoded, ok := strings.CutPrefix(text, prefix)
	if !ok || len(text) > MaxText {
		return Statement{}, ErrFormat
	}
	raw, err := text64.DecodeString(encoded)
	if err != nil || len(raw) < ed25519.PublicKeySize+ed25519.SignatureSize {
		return Statement{}, ErrFormat
	}
	key, raw := ed25519.PublicKey(raw[:ed25519.PublicKeySize]), raw[ed25519.PublicKeySize:]
	signature, b := raw[:ed25519.SignatureSize], raw[ed25519.SignatureSize:]
	if !ed25519.Verify(key, signed(key, b), signature) {
		return Statement{}, ErrSignature
	}
	return decode(key, b)
}

// signed is what the signature is over. The domain keeps it from being
// anything else that the key may sign.
func signed(key ed25519.PublicKey, body []byte) []byte {
	return append(append([]byte(domain), key...), body...)
}

func (s Statement) encode() ([]byte, error) {
	b := body{
		Purpose: s.Purpose, Serial: s.Serial, Hostname: s.Hostname, Installed: s.Installed, At: s.At,
		Nonce: text64.EncodeToString(s.Nonce[:]),
	}
	if b.Installed == nil {
		b.Installed = []pack.Release{}
	}
	return json.Marshal(b)
}

// decode reads a body whose signature was right. A box that means well writes
// the only form there is.
func decode(key ed25519.PublicKey, text []byte) (Statement, error) {
	var b body
	if err := json.Unmarshal(text, &b); err != nil {
		return Statement{}, fmt.Errorf("%w (%w)", ErrFormat, err)
	}
	s := Statement{Purpose: b.Purpose, Serial: b.Serial, Key: bytes.Clone(key), Hostname: b.Hostname, Installed: b.Installed, At: b.At}
	nonce, err := text64.DecodeString(b.Nonce)
	if err != nil || len(nonce) != len(s.Nonce) {
		return Statement{}, fmt.Errorf("%w (Its nonce has the wrong length.)", ErrFormat)
	}
	copy(s.Nonce[:], nonce)
	if err := s.valid(); err != nil {
		return Statement{}, fmt.Errorf("%w (%w)", ErrFormat, err)
	}
	if again, err := s.encode(); err != nil || !bytes.Equal(again, text) {
		return Statement{}, fmt.Errorf("%w (It is not in its only valid form.)", ErrFormat)
	}
	return s, nil
}

func (s Statement) valid() error {
	switch {
	case s.Purpose != Download && s.Purpose != Online:
		return fmt.Errorf("purpose %.40q is not known", s.Purpose)
	case !naming.ID(s.Serial):
		return fmt.Errorf("%.80q is not a serial number", s.Serial)
	case s.Hostname != "" && !naming.Hostname(s.Hostname):
		return fmt.Errorf("%.80q is not a host name", s.Hostname)
	case len(s.Installed) > MaxInstalled:
		return fmt.Errorf("%d releases are more than the %d allowed", len(s.Installed), MaxInstalled)
	case s.At.Location() != time.UTC || s.At.Nanosecond() != 0 || s.At.Year() < 1970 || s.At.Year() > 9999:
		return fmt.Errorf("time %v is not a whole second in UTC after 1970", s.At)
	case s.Nonce == [16]byte{}:
		return errors.New("the nonce is not set")
	}
	for _, r := range s.Installed {
		if err := r.Check(); err != nil {
			return err
		}
	}
	return nil
}
