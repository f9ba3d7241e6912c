// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// The most bytes that metadata of a role may have.
const (
	rootLimit      = 32 << 10
	timestampLimit = 8 << 10
	snapshotLimit  = 8 << 10
	targetsLimit   = 192 << 10
)

var limits = map[string]int64{
	metadata.ROOT: rootLimit, metadata.TIMESTAMP: timestampLimit,
	metadata.SNAPSHOT: snapshotLimit, metadata.TARGETS: targetsLimit,
}

// maxDepth is how deep metadata nests at most; ours needs eight.
const maxDepth = 16

// decode reads metadata of a role. It accepts only bytes that go-tuf would
// write again just so: what is signed is a reading of the bytes, not the bytes,
// and two texts with one reading are one too many. No signature has been
// checked when it returns.
func decode[T metadata.Roles](role string, data []byte) (*metadata.Metadata[T], error) {
	if limit := limits[role]; int64(len(data)) > limit {
		return nil, &Error{Check: Length, What: role + " metadata", Want: fmt.Sprintf("at most %d bytes", limit), Have: fmt.Sprint(len(data))}
	}
	m := new(metadata.Metadata[T])
	if err := decodeInto(role, m, data); err != nil {
		return nil, &Error{Check: Format, What: role + " metadata", Want: "TUF metadata of role " + role, Have: err.Error(), Err: err}
	}
	return m, nil
}

func decodeInto[T metadata.Roles](role string, m *metadata.Metadata[T], data []byte) error {
	if err := sound(data); err != nil {
		return err
	}
	if _, err := m.FromBytes(data); err != nil {
		return fmt.Errorf("something else (%w)", err)
	}
	if err := canonical(m, data); err != nil {
		return err
	}
	if kind := head(m).kind; kind != role {
		return fmt.Errorf("role %q", kind)
	}
	if head(m).version < 1 {
		return errors.New("a version below 1")
	}
	if len(m.UnrecognizedFields) > 0 {
		return errors.New("fields that no signature covers")
	}
	return complete(m)
}

// canonical checks that v, written again, gives data.
func canonical(v any, data []byte) error {
	back, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("something that cannot be written again (%w)", err)
	}
	if !bytes.Equal(back, data) {
		return errors.New("JSON that is not in canonical form")
	}
	return nil
}

// complete checks that what go-tuf dereferences without looking is there, and
// that keys are of the one kind that we use.
func complete[T metadata.Roles](m *metadata.Metadata[T]) error {
	switch s := any(&m.Signed).(type) {
	case *metadata.TimestampType:
		if s.Meta[metadata.SNAPSHOT+".json"] == nil {
			return errors.New("no mention of snapshot.json")
		}
	case *metadata.SnapshotType:
		if s.Meta[metadata.TARGETS+".json"] == nil {
			return errors.New("no mention of targets.json")
		}
	case *metadata.TargetsType:
		if s.Delegations != nil {
			return errors.New("delegations, which are not used")
		}
	case *metadata.RootType:
		return completeRoot(s)
	}
	return nil
}

func completeRoot(s *metadata.RootType) error {
	for _, role := range metadata.TOP_LEVEL_ROLE_NAMES {
		if s.Roles[role] == nil {
			return fmt.Errorf("no role %s", role)
		}
	}
	for id, key := range s.Keys {
		raw, err := hex.DecodeString(key.Value.PublicKey)
		if err != nil || len(raw) != ed25519.PublicKeySize || key.Type != metadata.KeyTypeEd25519 {
			return fmt.Errorf("key %.8s, which is not Ed25519", id)
		}
		if want, err := key.ID(); err != nil || want != id {
			return fmt.Errorf("key %.8s under the wrong name", id)
		}
	}
	return nil
}

// sound checks that data is one JSON object without null, fractions, repeated
// names, or deep nesting. go-tuf panics on null, and the rest has no meaning in
// metadata.
func sound(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	type frame struct {
		names map[string]bool // nil for an array
		value bool            // a name was read, its value is next
	}
	var stack []frame
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil // canonical refuses what is cut short or follows
		}
		if err != nil {
			return fmt.Errorf("no JSON (%w)", err)
		}
		var top *frame
		if n := len(stack); n > 0 {
			top = &stack[n-1]
		}
		if name, ok := tok.(string); ok && top != nil && top.names != nil && !top.value {
			if top.names[name] {
				return fmt.Errorf("the name %.32q twice", name)
			}
			top.names[name], top.value = true, true
			continue
		}
		switch tok := tok.(type) {
		case nil:
			return errors.New("null")
		case json.Number:
			if _, err := tok.Int64(); err != nil {
				return fmt.Errorf("the number %.32s", tok)
			}
		case json.Delim:
			if tok == '}' || tok == ']' {
				stack = stack[:len(stack)-1]
				continue
			}
			if len(stack) == maxDepth {
				return errors.New("deep nesting")
			}
			if top != nil {
				top.value = false
			}
			f := frame{}
			if tok == '{' {
				f.names = map[string]bool{}
			}
			stack = append(stack, f)
			continue
		}
		if top == nil {
			return errors.New("no JSON object")
		}
		top.value = false
	}
}

// header is what all roles have.
type header struct {
	kind    string
	version int64
	expires time.Time
}

func head[T metadata.Roles](m *metadata.Metadata[T]) header {
	switch s := any(&m.Signed).(type) {
	case *metadata.RootType:
		return header{s.Type, s.Version, s.Expires}
	case *metadata.TimestampType:
		return header{s.Type, s.Version, s.Expires}
	case *metadata.SnapshotType:
		return header{s.Type, s.Version, s.Expires}
	case *metadata.TargetsType:
		return header{s.Type, s.Version, s.Expires}
	}
	return header{}
}
