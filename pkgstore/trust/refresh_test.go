// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

func TestRefreshGivesWhatWasPublished(t *testing.T) {
	r := newRepo(t)
	d := r.client()
	want := target("3.3.2", body)
	for range 2 { // the second time from what was kept
		if got := r.mustRefresh(d, epoch); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		d = r.restarted(d)
	}
	r.publish(epoch.Add(day), target("3.3.2", body), target("4.2.1", body[1:]))
	if got := r.mustRefresh(d, epoch.Add(day)); len(got) != 2 || got[1].Version != "4.2.1" {
		t.Fatalf("got %+v", got)
	}
}

// Bytes all over every file, one at a time: nothing changed is ever accepted.
func TestRefreshRefusesOneChangedByte(t *testing.T) {
	r := newRepo(t)
	if err := r.keys.Rotate(epoch); err != nil {
		t.Fatal(err)
	}
	r.publish(epoch, target("3.3.2", body))
	for _, role := range []string{"2.root.json", r.pathOf(metadata.TIMESTAMP), r.pathOf(metadata.SNAPSHOT), r.pathOf(metadata.TARGETS)} {
		good := r.files()[role]
		for i := 0; i < len(good); i += 13 {
			bad := bytes.Clone(good)
			bad[i] ^= 0x20 // changes letters' case: hex stays hex
			r.swap = map[string][]byte{role: bad}
			_, err := r.refresh(r.client(), epoch)
			if err == nil {
				t.Fatalf("%s with byte %d changed from %q to %q was accepted", role, i, good[i], bad[i])
			}
			wantCheck(t, err, Signature, UnknownKey, Format, Mixed)
		}
	}
}

func TestRefreshRefuses(t *testing.T) {
	other := newRepo(t)
	unsigned := func(data []byte) []byte {
		i := bytes.Index(data, []byte(`"signatures":[`)) + len(`"signatures":[`)
		return append(append(bytes.Clone(data[:i]), ']'), data[bytes.Index(data, []byte(`],"signed"`))+1:]...)
	}
	for _, role := range []string{metadata.TIMESTAMP, metadata.SNAPSHOT, metadata.TARGETS} {
		for _, c := range []struct {
			name  string
			bad   func(good []byte) []byte
			check string
		}{
			{"cut short", func(b []byte) []byte { return b[:len(b)-1] }, Format},
			{"empty", func([]byte) []byte { return nil }, Format},
			{"padded with white space", func(b []byte) []byte { return append(bytes.Clone(b), '\n') }, Format},
			{"padded with JSON", func(b []byte) []byte { return append(bytes.Clone(b), "{}"...) }, Format},
			{"too long", func(b []byte) []byte { return make([]byte, limits[role]+1) }, Length},
			{"signed by nobody", unsigned, Signature},
			{"signed by an unknown key", func([]byte) []byte { return other.files()[other.pathOf(role)] }, UnknownKey},
			{"null", func(b []byte) []byte { return bytes.Replace(b, []byte(`"version":`), []byte(`"x":null,"version":`), 1) }, Format},
		} {
			t.Run(role+" "+c.name, func(t *testing.T) {
				r := newRepo(t)
				path := r.pathOf(role)
				r.swap[path] = c.bad(r.files()[path])
				_, err := r.refresh(r.client(), epoch)
				wantCheck(t, err, c.check)
			})
		}
	}
}

func TestRefreshRefusesWhatIsOld(t *testing.T) {
	r := newRepo(t)
	d := r.client()
	r.mustRefresh(d, epoch)
	before := r.files()

	_, err := r.refresh(d, epoch.Add(8*day))
	wantCheck(t, err, Frozen)
	var e *Error
	if errors.As(err, &e); !e.Clock() || !strings.Contains(err.Error(), "Status > Basics") || !strings.Contains(err.Error(), "2026-11-08T12:00:00Z") {
		t.Errorf("%q does not lead to the clock", err)
	}
	if _, err := r.refresh(r.client(), epoch.Add(8*day)); err == nil {
		t.Error("a new client accepted what is out of date")
	}

	r.publish(epoch.Add(day), target("4.2.1", body))
	r.mustRefresh(d, epoch.Add(day))
	r.swap = before
	_, err = r.refresh(r.restarted(d), epoch.Add(day))
	wantCheck(t, err, RolledBack)

	r.swap = map[string][]byte{}
	_, err = r.refresh(r.client(), epoch.Add(4000*day))
	wantCheck(t, err, Expired)

	// The same packages, signed anew: only timestamp and snapshot are older.
	r = newRepo(t)
	d, before = r.client(), r.files()
	r.publish(epoch.Add(5*day), target("3.3.2", body))
	r.mustRefresh(d, epoch.Add(5*day))
	r.swap = before
	_, err = r.refresh(r.restarted(d), epoch.Add(5*day))
	wantCheck(t, err, RolledBack)
}

// A repository whose timestamp is newer but points back, or whose snapshot does.
func TestRefreshRefusesWhatPointsBack(t *testing.T) {
	r := newRepo(t)
	d := r.client()
	old := r.pub.last.Now
	first := r.pub.last
	r.publish(epoch.Add(day), target("4.2.1", body))
	r.mustRefresh(d, epoch.Add(day))

	sign3 := func(path string) { // a timestamp of today for the snapshot at path
		s, err := decode[metadata.SnapshotType](metadata.SNAPSHOT, first.Now[path])
		if err != nil {
			t.Fatal(err)
		}
		ts := metadata.Timestamp(epoch.Add(9 * day))
		ts.Signed.Version = epoch.Add(2 * day).Unix()
		ts.Signed.Meta["snapshot.json"] = metaFile(s.Signed.Version, first.Now[path])
		data, err := sign(metadata.TIMESTAMP, ts, r.keys.seeds.Seeds[metadata.TIMESTAMP])
		if err != nil {
			t.Fatal(err)
		}
		r.swap["timestamp.json"] = data
	}
	for path, data := range old {
		r.swap[path] = data
		if strings.Contains(path, "snapshot") {
			sign3(path)
		}
	}
	_, err := r.refresh(d, epoch.Add(2*day))
	wantCheck(t, err, RolledBack)
}

func TestRefreshRefusesAMixture(t *testing.T) {
	for _, role := range []string{metadata.SNAPSHOT, metadata.TARGETS} {
		r := newRepo(t)
		old := r.files()[r.pathOf(role)]
		r.publish(epoch.Add(day), target("4.2.1", body))
		r.swap[r.pathOf(role)] = old
		_, err := r.refresh(r.client(), epoch.Add(day))
		wantCheck(t, err, Mixed)
	}
}

func TestRootsRotate(t *testing.T) {
	r := newRepo(t)
	d := r.client()
	r.mustRefresh(d, epoch)
	for range 3 {
		if err := r.keys.Rotate(epoch); err != nil {
			t.Fatal(err)
		}
	}
	r.reopen()
	r.publish(epoch.Add(day), target("3.3.2", body))
	r.mustRefresh(d, epoch.Add(day))
	if data, err := r.restarted(d).read(metadata.ROOT); err != nil || !bytes.Equal(data, r.keys.Roots()[3]) {
		t.Error("the newest root was not kept")
	}

	// One signature of the old keys is below the threshold of two.
	r = newRepo(t)
	if err := r.keys.Rotate(epoch); err != nil {
		t.Fatal(err)
	}
	root, err := decode[metadata.RootType](metadata.ROOT, r.keys.Roots()[1])
	if err != nil {
		t.Fatal(err)
	}
	root.Signatures = append(root.Signatures[:1:1], root.Signatures[3:]...)
	if r.swap["2.root.json"], err = root.ToBytes(false); err != nil {
		t.Fatal(err)
	}
	_, err = r.refresh(r.client(), epoch)
	wantCheck(t, err, Signature)

	// A chain with a gap.
	r = newRepo(t)
	d = r.client()
	for range 2 {
		if err := r.keys.Rotate(epoch); err != nil {
			t.Fatal(err)
		}
	}
	r.swap["2.root.json"] = r.keys.Roots()[2]
	_, err = r.refresh(d, epoch)
	wantCheck(t, err, Signature, UnknownKey, Mixed)
}

func TestVersionsOnlyGrow(t *testing.T) {
	r := newRepo(t)
	last := int64(0)
	for i := range 6 {
		if i%2 == 1 {
			r.reopen()
		}
		r.publish(epoch.Add(-day), target("3.3.2", body[i:])) // the clock is behind
		v := signing{p: r.pub}.version()
		if v <= last {
			t.Fatalf("version %d after %d", v, last)
		}
		last = v
	}
	data := r.pub.last.Timestamp
	r.publish(epoch, target("3.3.2", body[5:]))
	if !bytes.Equal(data, r.pub.last.Timestamp) {
		t.Error("what did not change was signed again")
	}
	targets := r.pub.Targets()
	r.publish(epoch.Add(5*day), target("3.3.2", body[5:]))
	if bytes.Equal(data, r.pub.last.Timestamp) || !bytes.Equal(targets, r.pub.Targets()) {
		t.Error("past half of its life: want a new timestamp for the same targets")
	}
}

func TestNewDir(t *testing.T) {
	r := newRepo(t)
	for _, root := range [][]byte{nil, []byte("{}"), r.pub.Targets(), r.keys.Roots()[0][1:]} {
		if _, err := NewDir(filepath.Join(t.TempDir(), "a", "b"), root); err == nil {
			t.Errorf("begins to trust %.20q", root)
		}
	}
	if _, err := r.pub.File("../keys.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
