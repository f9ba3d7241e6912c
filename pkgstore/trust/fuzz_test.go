// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"bytes"
	"io"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// FuzzMetadata: no bytes make the checks panic, and nothing but the genuine ones
// passes as any of a repository's files.
func FuzzMetadata(f *testing.F) {
	r := newRepo(f)
	roles := []string{"2.root.json", "timestamp.json", r.pathOf(metadata.SNAPSHOT), r.pathOf(metadata.TARGETS)}
	good := r.files()
	good["2.root.json"] = r.keys.Roots()[0]
	for i, path := range roles {
		f.Add(i, good[path])
	}
	f.Add(1, []byte(`{"signatures":[],"signed":{"_type":"timestamp","expires":"2030-01-01T00:00:00Z","meta":{"snapshot.json":null},"spec_version":"1.0.31","version":1}}`))
	set, err := loadRoot(r.keys.Roots()[0])
	if err != nil {
		f.Fatal(err)
	}
	keys := set.Root.Signed.Keys
	f.Fuzz(func(t *testing.T, which int, data []byte) {
		which = int(uint(which) % uint(len(roles)))
		var err error
		switch which { // in memory: a refresh would wait for the disk each time
		case 0:
			err = vouched[metadata.RootType](metadata.ROOT, data, keys)
		case 1:
			err = vouched[metadata.TimestampType](metadata.TIMESTAMP, data, keys)
		case 2:
			err = vouched[metadata.SnapshotType](metadata.SNAPSHOT, data, keys)
		case 3:
			err = vouched[metadata.TargetsType](metadata.TARGETS, data, keys)
		}
		if err == nil && !bytes.Equal(data, good[roles[which]]) {
			t.Errorf("%s: accepted %q", roles[which], data)
		}
	})
}

// vouched is what happens to metadata of a role before go-tuf judges it.
func vouched[T metadata.Roles](role string, data []byte, keys map[string]*metadata.Key) error {
	m, err := decode[T](role, data)
	if err != nil {
		return err
	}
	if len(m.Signatures) == 0 {
		return io.EOF
	}
	return fits(role, m, keys)
}

// FuzzOffline: nothing makes OpenOffline panic, and nothing gives a package's
// bytes but the genuine file.
func FuzzOffline(f *testing.F) {
	r := newRepo(f)
	file, d := r.offline(), r.client()
	f.Add(file)
	f.Add(file[:200])
	f.Add([]byte(OfflineMagic + "\x00\x00\x00\x02{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := read(data, d, epoch, false); err == nil && !bytes.Equal(data, file) {
			t.Errorf("accepted another file of %d bytes", len(data))
		}
	})
}
