// SPDX-License-Identifier: Apache-2.0

package updatestest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"understudy/pkgstore/trust"
)

// Metadata is what a repository says at one moment: its timestamp, snapshot and
// targets metadata, by path.
type Metadata map[string][]byte

// Path is where the metadata of a role lies.
func (m Metadata) Path(role string) string {
	for path := range m {
		if path == role+".json" {
			return path
		}
		var version int64
		if _, err := fmt.Sscanf(path, "%d."+role+".json", &version); err == nil {
			return path
		}
	}
	return ""
}

// Published is the metadata of a view as it is now.
func (v *Vendor) Published(view *trust.Publisher) Metadata {
	v.t.Helper()
	m := Metadata{}
	file := func(path string) []byte {
		var err error
		m[path], err = view.File(path)
		v.must(err)
		return m[path]
	}
	timestamp := read[metadata.TimestampType](v, file("timestamp.json"))
	snapshot := read[metadata.SnapshotType](v, file(fmt.Sprintf("%d.snapshot.json", timestamp.Signed.Meta["snapshot.json"].Version)))
	file(fmt.Sprintf("%d.targets.json", snapshot.Signed.Meta["targets.json"].Version))
	return m
}

// Dated is m with other last days, by role. All of it is signed as it must be,
// and belongs together.
func (v *Vendor) Dated(m Metadata, last map[string]time.Time) Metadata {
	v.t.Helper()
	day := func(role string, present time.Time) time.Time {
		if d, ok := last[role]; ok {
			return d.UTC().Truncate(time.Second)
		}
		return present
	}
	targets := read[metadata.TargetsType](v, m[m.Path(metadata.TARGETS)])
	targets.Signed.Expires = day(metadata.TARGETS, targets.Signed.Expires)
	targetsData := sign(v, metadata.TARGETS, targets)

	snapshot := read[metadata.SnapshotType](v, m[m.Path(metadata.SNAPSHOT)])
	snapshot.Signed.Expires = day(metadata.SNAPSHOT, snapshot.Signed.Expires)
	snapshot.Signed.Meta["targets.json"] = names(targets.Signed.Version, targetsData)
	snapshotData := sign(v, metadata.SNAPSHOT, snapshot)

	timestamp := read[metadata.TimestampType](v, m[m.Path(metadata.TIMESTAMP)])
	timestamp.Signed.Expires = day(metadata.TIMESTAMP, timestamp.Signed.Expires)
	timestamp.Signed.Meta["snapshot.json"] = names(snapshot.Signed.Version, snapshotData)
	return Metadata{
		m.Path(metadata.TIMESTAMP): sign(v, metadata.TIMESTAMP, timestamp),
		m.Path(metadata.SNAPSHOT):  snapshotData,
		m.Path(metadata.TARGETS):   targetsData,
	}
}

func read[T metadata.Roles](v *Vendor, data []byte) *metadata.Metadata[T] {
	v.t.Helper()
	m := new(metadata.Metadata[T])
	_, err := m.FromBytes(data)
	v.must(err)
	return m
}

// names is how metadata names the one below it.
func names(version int64, data []byte) *metadata.MetaFiles {
	f := metadata.MetaFile(version)
	sum := sha256.Sum256(data)
	f.Length, f.Hashes = int64(len(data)), metadata.Hashes{"sha256": sum[:]}
	return f
}

// sign signs m anew with the vendor's key of a role.
func sign[T metadata.Roles](v *Vendor, role string, m *metadata.Metadata[T]) []byte {
	v.t.Helper()
	raw, err := os.ReadFile(v.path)
	v.must(err)
	var keys struct {
		Seeds map[string][][]byte `json:"seeds"`
	}
	v.must(json.Unmarshal(raw, &keys))
	payload, err := cjson.EncodeCanonical(m.Signed)
	v.must(err)
	m.Signatures[0].Signature = ed25519.Sign(ed25519.NewKeyFromSeed(keys.Seeds[role][0]), payload)
	data, err := m.ToBytes(false)
	v.must(err)
	return data
}
