// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"time"
)

// Meta is the record in the meta partition: the few things that the box must
// know before it can open its state, and that a factory reset or a roll-back
// must not take with it.
type Meta struct {
	Sequence     uint64     `json:"sequence"`               // grows by one with every write
	Key          []byte     `json:"key,omitempty"`          // state key: KeySize bytes, or none yet
	KeyProtected bool       `json:"keyProtected,omitempty"` // Key is sealed by a TPM instead of lying here in the clear
	Serial       string     `json:"serial,omitempty"`
	GUID         string     `json:"guid,omitempty"`
	Identity     []byte     `json:"identity,omitempty"`  // seed of the Ed25519 key by which an update server knows the box: IdentitySize bytes
	Profile      string     `json:"profile,omitempty"`   // name of the hardware profile that a seed has given
	InUse        bool       `json:"inUse,omitempty"`     // the state was in use: what it holds can be missed
	FirstBoot    string     `json:"firstBoot,omitempty"` // name of the last first-boot step that was finished
	Boots        []MetaBoot `json:"boots,omitempty"`     // newest last

	// rest keeps fields of a newer program, so that an older one which is
	// booted by a roll-back does not drop them when it writes.
	rest map[string]json.RawMessage
}

// MetaBoot is what became of one boot.
type MetaBoot struct {
	At       time.Time `json:"at"`
	Release  string    `json:"release"`  // Release.ID
	Firmware string    `json:"firmware"` // "uefi", "bios" or "direct"
	Outcome  string    `json:"outcome"`  // "started", "healthy", "crashed", "off" …
}

// Sizes of the meta partition's content in bytes.
const (
	MetaSize     = 4096 // one copy
	KeySize      = 64   // AES-256 in XTS mode takes two keys of 32 bytes
	IdentitySize = 32   // seed of an Ed25519 key (RFC 8032)
)

// A copy is: magic, payload length, payload (a JSON object), zeros, and in the
// last four bytes the CRC-32C of everything before them.
const (
	metaMagic   = "USMETA\x00\x01"
	metaHeader  = len(metaMagic) + 4
	metaTrailer = 4
	metaPayload = MetaSize - metaHeader - metaTrailer
)

// Errors that a single copy may have.
var (
	ErrMetaBlank   = errors.New("meta record was never written")
	ErrMetaDamaged = errors.New("meta record is damaged")
)

var metaCRC = crc32.MakeTable(crc32.Castagnoli)

// Marshal writes one copy, MetaSize bytes long. It fails if the record is too
// large for it or the key has a wrong length.
func (m Meta) Marshal() ([]byte, error) {
	if n := len(m.Key); n != 0 && n != KeySize && !m.KeyProtected {
		return nil, fmt.Errorf("meta record: key of %d bytes, want %d", n, KeySize)
	}
	if n := len(m.Identity); n != 0 && n != IdentitySize {
		return nil, fmt.Errorf("meta record: identity of %d bytes, want %d", n, IdentitySize)
	}
	payload, err := m.payload()
	if err != nil {
		return nil, fmt.Errorf("meta record: %w", err)
	}
	if len(payload) > metaPayload {
		return nil, fmt.Errorf("meta record: %d bytes are more than the %d that fit", len(payload), metaPayload)
	}
	b := make([]byte, MetaSize)
	copy(b, metaMagic)
	binary.LittleEndian.PutUint32(b[len(metaMagic):], uint32(len(payload)))
	copy(b[metaHeader:], payload)
	body := b[:MetaSize-metaTrailer]
	binary.LittleEndian.PutUint32(b[len(body):], crc32.Checksum(body, metaCRC))
	return b, nil
}

// payload joins the known fields with those kept from a newer program.
func (m Meta) payload() ([]byte, error) {
	known, err := json.Marshal(m)
	if err != nil || len(m.rest) == 0 {
		return known, err
	}
	all := maps.Clone(m.rest)
	if err := json.Unmarshal(known, &all); err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

// ParseMeta reads one copy. The error wraps ErrMetaBlank if b is all zeros and
// ErrMetaDamaged in every other case.
func ParseMeta(b []byte) (Meta, error) {
	if len(b) != MetaSize {
		return Meta{}, fmt.Errorf("%w: %d bytes long, want %d", ErrMetaDamaged, len(b), MetaSize)
	}
	if bytes.Count(b, []byte{0}) == MetaSize {
		return Meta{}, ErrMetaBlank
	}
	body, sum := b[:MetaSize-metaTrailer], binary.LittleEndian.Uint32(b[MetaSize-metaTrailer:])
	if got := crc32.Checksum(body, metaCRC); got != sum {
		return Meta{}, fmt.Errorf("%w: checksum is %08x, record says %08x", ErrMetaDamaged, got, sum)
	}
	if string(b[:len(metaMagic)]) != metaMagic {
		return Meta{}, fmt.Errorf("%w: unknown format %q", ErrMetaDamaged, b[:len(metaMagic)])
	}
	n := binary.LittleEndian.Uint32(b[len(metaMagic):])
	if n > uint32(metaPayload) {
		return Meta{}, fmt.Errorf("%w: payload of %d bytes", ErrMetaDamaged, n)
	}
	return parseMetaPayload(b[metaHeader : metaHeader+int(n)])
}

func parseMetaPayload(payload []byte) (Meta, error) {
	var m Meta
	if err := json.Unmarshal(payload, &m); err != nil {
		return Meta{}, fmt.Errorf("%w: %w", ErrMetaDamaged, err)
	}
	if n := len(m.Key); n != 0 && n != KeySize && !m.KeyProtected {
		return Meta{}, fmt.Errorf("%w: key of %d bytes", ErrMetaDamaged, n)
	}
	if n := len(m.Identity); n != 0 && n != IdentitySize {
		return Meta{}, fmt.Errorf("%w: identity of %d bytes", ErrMetaDamaged, n)
	}
	if err := json.Unmarshal(payload, &m.rest); err != nil {
		return Meta{}, fmt.Errorf("%w: %w", ErrMetaDamaged, err)
	}
	for _, known := range []string{"sequence", "key", "keyProtected", "serial", "guid", "identity", "profile", "inUse", "firstBoot", "boots"} {
		delete(m.rest, known)
	}
	if len(m.rest) == 0 {
		m.rest = nil
	}
	return m, nil
}
