// SPDX-License-Identifier: Apache-2.0

package pack

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
)

// magic opens every package. Its bytes do not survive a transfer as text.
const magic = "\x89USPKG\r\n"

// frameSize is what lies before the manifest: the magic and its length.
const frameSize = len(magic) + 4

type encoding string

const (
	plain     encoding = "none"
	zstandard encoding = "zstd"
)

// manifest is the JSON at the start of a package.
type manifest struct {
	Summary Summary `json:"summary"`
	Files   []entry `json:"files"`
}

// entry describes a file; files lie in the order of their entries.
type entry struct {
	Role     Role     `json:"role"`
	Size     int64    `json:"size"`   // uncompressed, bytes
	SHA256   string   `json:"sha256"` // of the uncompressed bytes; lower-case hexadecimal
	Encoding encoding `json:"encoding"`
	Stored   int64    `json:"stored"` // bytes in the package
}

// encode gives the manifest's one form, with the frame before it.
func (m manifest) encode() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	body, err := m.json()
	if err != nil {
		return nil, err
	}
	if len(body) > MaxManifest {
		return nil, malformed("a manifest of %d bytes is more than the %d allowed", len(body), MaxManifest)
	}
	out := binary.BigEndian.AppendUint32([]byte(magic), uint32(len(body)))
	return append(out, body...), nil
}

func (m manifest) json() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		return nil, malformed("the manifest cannot be written: %v", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// parseManifest reads the JSON of a manifest. The one form that encode gives
// is the only one it takes, which rules out at once what JSON readers
// disagree on: fields that are unknown or twice there, other spellings of
// names and numbers, bytes behind the end.
func parseManifest(body []byte) (manifest, error) {
	var version struct {
		Summary struct {
			Format *int `json:"format"`
		} `json:"summary"`
	}
	if json.Unmarshal(body, &version) == nil && version.Summary.Format != nil && *version.Summary.Format != Format {
		return manifest{}, malformed("format %d is not known here, only %d is", *version.Summary.Format, Format)
	}
	var m manifest
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return manifest{}, malformed("the manifest cannot be read: %v", err)
	}
	if err := m.check(); err != nil {
		return manifest{}, err
	}
	if again, err := m.json(); err != nil || !bytes.Equal(again, body) {
		return manifest{}, malformed("the manifest is not in its only valid form")
	}
	return m, nil
}

func (m manifest) check() error {
	if err := m.Summary.Check(); err != nil {
		return err
	}
	rest := m.Files
	for _, rule := range rolesOf[m.Summary.Kind] {
		if len(rest) > 0 && rest[0].Role == rule.role {
			if err := rest[0].check(rule); err != nil {
				return err
			}
			rest = rest[1:]
		} else if !rule.optional {
			return malformed("a %s package lacks its %s, or its files are out of order", m.Summary.Kind, rule.role)
		}
	}
	if len(rest) > 0 {
		return malformed("a %s package has a file %.40q too many, or its files are out of order", m.Summary.Kind, rest[0].Role)
	}
	if m.Files == nil {
		return malformed("the manifest lists no files, not even none")
	}
	return nil
}

func (e entry) check(rule roleRule) error {
	hash, err := hex.DecodeString(e.SHA256)
	switch {
	case e.Size < 1 || e.Size > rule.max:
		return malformed("the %s is %d bytes and must be between 1 and %d", e.Role, e.Size, rule.max)
	case err != nil || len(hash) != 32 || hex.EncodeToString(hash) != e.SHA256:
		return malformed("the hash of the %s is %.80q, not 64 lower-case hexadecimal digits", e.Role, e.SHA256)
	case e.Encoding == plain && e.Stored == e.Size:
		return nil
	case e.Encoding == zstandard && rule.encoding == zstandard && e.Stored >= 1 && e.Stored < e.Size:
		return nil
	}
	return malformed("the %s cannot be %d bytes stored as %d with encoding %.40q", e.Role, e.Size, e.Stored, e.Encoding)
}

// readManifest reads frame and manifest and returns where the files begin.
func readManifest(r io.ReaderAt, size int64) (manifest, int64, error) {
	head := make([]byte, frameSize)
	if size < int64(frameSize) {
		return manifest{}, 0, malformed("%d bytes are too few", size)
	}
	if err := readFull(r, head, 0); err != nil {
		return manifest{}, 0, err
	}
	if string(head[:len(magic)]) != magic {
		return manifest{}, 0, malformed("this is not a package: it begins with %q", head[:len(magic)])
	}
	n := int64(binary.BigEndian.Uint32(head[len(magic):]))
	if n > MaxManifest || int64(frameSize)+n > size {
		return manifest{}, 0, malformed("a manifest of %d bytes does not fit: at most %d are allowed, the package has %d", n, MaxManifest, size)
	}
	body := make([]byte, n)
	if err := readFull(r, body, int64(frameSize)); err != nil {
		return manifest{}, 0, err
	}
	m, err := parseManifest(body)
	return m, int64(frameSize) + n, err
}

// ParseSummary reads a summary out of signed metadata and checks it. Other
// writers may order and space the JSON as they like; fields that are not known
// here are refused, as FORMAT.md has none.
func ParseSummary(b []byte) (Summary, error) {
	var s Summary
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Summary{}, malformed("the summary cannot be read: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Summary{}, malformed("something follows the summary")
	}
	if err := s.Check(); err != nil {
		return Summary{}, err
	}
	return s, nil
}
