// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// fits checks that each signature on m is by one of keys and right. TUF lets
// wrong ones stand beside enough right ones; here a file is as it was signed or
// it is refused. Whether they are enough, and of the right role, go-tuf says.
func fits[T metadata.Roles](role string, m *metadata.Metadata[T], keys ...map[string]*metadata.Key) error {
	payload, err := cjson.EncodeCanonical(m.Signed)
	if err != nil {
		return refused(role, err)
	}
	seen := map[string]bool{}
	for _, s := range m.Signatures {
		e := &Error{Check: Signature, What: role + " metadata", Want: "signatures that fit, one for each key", Have: "another by key " + short([]string{s.KeyID})}
		var key *metadata.Key
		for _, k := range keys {
			if k[s.KeyID] != nil {
				key = k[s.KeyID]
			}
		}
		if key == nil {
			e.Check, e.Want, e.Have = UnknownKey, "signatures by keys of the root metadata", "one by key "+short([]string{s.KeyID})
			return e
		}
		public, err := hex.DecodeString(key.Value.PublicKey)
		if err != nil || seen[s.KeyID] || !ed25519.Verify(public, payload, s.Signature) {
			e.Err = err
			return e
		}
		seen[s.KeyID] = true
	}
	return nil
}

// signedBy checks that root's threshold of keys for role signed m.
func signedBy[T metadata.Roles](root *metadata.Metadata[metadata.RootType], role string, m *metadata.Metadata[T]) error {
	err := root.VerifyDelegate(role, m)
	if err == nil {
		return nil
	}
	want := root.Signed.Roles[role]
	e := &Error{Check: Signature, What: role + " metadata", Err: err}
	e.Want = fmt.Sprintf("%d of the keys %s of root version %d", want.Threshold, short(want.KeyIDs), root.Signed.Version)
	var have []string
	known := 0
	for _, s := range m.Signatures {
		have = append(have, s.KeyID)
		if slices.Contains(want.KeyIDs, s.KeyID) {
			known++
		}
	}
	switch {
	case len(have) == 0:
		e.Have = "no signature"
	case known == 0:
		e.Check, e.Have = UnknownKey, "signatures by "+short(have)
	default:
		e.Have = "signatures by " + short(have) + ", too few of which fit"
	}
	return e
}

// short gives the beginnings of key IDs.
func short(ids []string) string {
	var out []string
	for _, id := range ids[:min(len(ids), 8)] {
		out = append(out, fmt.Sprintf("%.8q", id))
	}
	if len(out) == 0 {
		return "(none)"
	}
	return strings.Join(out, ", ")
}

// outdated is the error for metadata past its date.
func outdated(check, role string, expires, now time.Time) *Error {
	return &Error{
		Check: check, What: role + " metadata",
		Want: "metadata that is valid at " + now.UTC().Format(time.RFC3339) + ", this box's time",
		Have: "a last day of " + expires.UTC().Format(time.RFC3339),
	}
}

// older is the error for a version below one that was accepted before.
func older(role string, want, have int64) *Error {
	return &Error{Check: RolledBack, What: role + " metadata", Want: fmt.Sprintf("version %d or newer", want), Have: fmt.Sprintf("version %d", have)}
}

// mixed is the error for metadata that is genuine, but another version than the
// one that its parent names.
func mixed(role string, meta *metadata.MetaFiles, version int64, data []byte) *Error {
	return &Error{
		Check: Mixed, What: role + " metadata",
		Want: fmt.Sprintf("version %d with SHA-256 %.8s", meta.Version, meta.Hashes["sha256"]),
		Have: fmt.Sprintf("version %d with SHA-256 %.8x", version, sha256.Sum256(data)),
	}
}

// refused is the error for what go-tuf refused for a reason that has no check
// of its own.
func refused(role string, err error) *Error {
	return &Error{Check: Format, What: role + " metadata", Want: "metadata that follows TUF", Have: err.Error(), Err: err}
}
