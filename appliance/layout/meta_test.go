// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func someMeta() Meta {
	return Meta{
		Sequence: 41, Key: bytes.Repeat([]byte{0xa5}, KeySize), Serial: "US0001", GUID: "b8a9c9f0", Identity: bytes.Repeat([]byte{0x3c}, IdentitySize), Profile: "b300", InUse: true, FirstBoot: "grow",
		Boots: []MetaBoot{{At: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), Release: "3.3.2-7", Firmware: "uefi", Outcome: "healthy"}},
	}
}

func TestMetaReadsBack(t *testing.T) {
	b, err := someMeta().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "meta.hex", hex.Dump(b))
	got, err := ParseMeta(b)
	if err != nil || !reflect.DeepEqual(got, someMeta()) {
		t.Errorf("read %+v, %v", got, err)
	}
}

func TestMetaRefusesToWrite(t *testing.T) {
	m := someMeta()
	m.Key = m.Key[:32]
	if _, err := m.Marshal(); err == nil {
		t.Error("a short key was accepted")
	}
	m = someMeta()
	m.Identity = m.Identity[1:]
	if _, err := m.Marshal(); err == nil {
		t.Error("a short identity was accepted")
	}
	m = someMeta()
	m.Serial = strings.Repeat("x", MetaSize)
	if _, err := m.Marshal(); err == nil {
		t.Error("a record that does not fit was accepted")
	}
}

// Every single flipped bit is noticed.
func TestMetaNoticesDamage(t *testing.T) {
	good, err := someMeta().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		b := bytes.Clone(good)
		b[i] ^= 1 << (i % 8)
		if _, err := ParseMeta(b); !errors.Is(err, ErrMetaDamaged) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
	}
	if _, err := ParseMeta(make([]byte, MetaSize)); !errors.Is(err, ErrMetaBlank) {
		t.Errorf("zeros: %v", err)
	}
	if _, err := ParseMeta(good[:MetaSize-1]); !errors.Is(err, ErrMetaDamaged) {
		t.Errorf("short: %v", err)
	}
}

func metaDisk() *sparseDisk { return newDisk(PartitionFor(MetaArea).Size) }

func TestMetaPair(t *testing.T) {
	d := metaDisk()
	m, state := ReadMeta(d)
	if !state.Blank() || state.Newest != -1 || state.Problem() != "" {
		t.Fatalf("fresh disk: %+v, %q", state, state.Problem())
	}
	m.Serial = "US0001"
	m, err := WriteMeta(d, state, m)
	if err != nil || m.Sequence != 1 {
		t.Fatalf("first write: %+v, %v", m, err)
	}
	got, state := ReadMeta(d)
	if !reflect.DeepEqual(got, m) || state.Newest != 0 || state.Problem() != "" {
		t.Fatalf("read %+v, %+v", got, state)
	}
	for bad := range MetaCopies {
		d := metaDisk()
		WriteMeta(d, MetaState{Newest: -1}, Meta{Serial: "US0001"})
		d.sectors[MetaOffset(bad)/SectorSize][20] ^= 1
		got, state := ReadMeta(d)
		if got.Serial != "US0001" || state.Newest != 1-bad || !errors.Is(state.Errs[bad], ErrMetaDamaged) || state.Problem() == "" {
			t.Errorf("copy %d damaged: %+v, %+v", bad, got, state)
		}
	}
	for i := range MetaCopies {
		d.sectors[MetaOffset(i)/SectorSize][20] ^= 1
	}
	if _, state := ReadMeta(d); state.Newest != -1 || state.Blank() || state.Problem() == "" {
		t.Errorf("both damaged: %+v", state)
	}
	if _, state := ReadMeta(newDisk(100)); state.Newest != -1 || state.Blank() {
		t.Errorf("unreadable disk: %+v", state)
	}
}

// A power cut after any sector of a write leaves the old record or the new
// one; and a finished write leaves nothing of the old key.
func TestMetaSurvivesPowerCuts(t *testing.T) {
	old, fresh := someMeta(), someMeta()
	fresh.Key = bytes.Repeat([]byte{0x5a}, KeySize)
	const writes = MetaCopies * MetaSize / SectorSize
	for cut := range writes + 1 {
		d := metaDisk()
		if _, err := WriteMeta(d, MetaState{Newest: -1}, old); err != nil {
			t.Fatal(err)
		}
		_, state := ReadMeta(d)
		d.left = cut
		_, err := WriteMeta(d, state, fresh)
		if (err != nil) != (cut < writes) {
			t.Fatalf("cut %d: %v", cut, err)
		}
		got, state := ReadMeta(d)
		if state.Newest < 0 {
			t.Fatalf("cut %d: no good copy: %+v", cut, state)
		}
		if !bytes.Equal(got.Key, old.Key) && !bytes.Equal(got.Key, fresh.Key) {
			t.Fatalf("cut %d: key %x", cut, got.Key)
		}
		if cut == writes && (!bytes.Equal(got.Key, fresh.Key) || state.Errs != [2]error{}) {
			t.Fatalf("finished write: %+v", state)
		}
	}
}

func TestMetaKeepsWhatANewerProgramWrote(t *testing.T) {
	m, err := parseMetaPayload([]byte(`{"sequence":3,"journal":{"state":"arm"}}`))
	if err != nil {
		t.Fatal(err)
	}
	m.Serial = "US0002"
	b, err := m.Marshal()
	if err != nil || !bytes.Contains(b, []byte(`"journal":{"state":"arm"}`)) || !bytes.Contains(b, []byte("US0002")) {
		t.Errorf("%v: %.200q", err, b)
	}
}

func FuzzMeta(f *testing.F) {
	b, err := someMeta().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[metaHeader : metaHeader+200])
	f.Add([]byte(`{"sequence":1,"Sequence":2,"x":[]}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		ParseMeta(payload)
		m, err := parseMetaPayload(payload)
		if err != nil {
			return
		}
		b, err := m.Marshal()
		if err != nil {
			return // larger when written out
		}
		again, err := ParseMeta(b)
		if err != nil {
			t.Fatalf("wrote %+v: %v", m, err)
		}
		b2, err := again.Marshal()
		if err != nil || !bytes.Equal(b, b2) {
			t.Fatalf("second round differs: %v", err)
		}
	})
}

// With one copy damaged the other is the only one, and is written last.
func TestMetaSurvivesPowerCutsWithOneCopy(t *testing.T) {
	const writes = MetaCopies * MetaSize / SectorSize
	for bad := range MetaCopies {
		for cut := range writes {
			d := metaDisk()
			if _, err := WriteMeta(d, MetaState{Newest: -1}, someMeta()); err != nil {
				t.Fatal(err)
			}
			d.sectors[MetaOffset(bad)/SectorSize][20] ^= 1
			m, state := ReadMeta(d)
			d.left = cut
			if _, err := WriteMeta(d, state, m); !errors.Is(err, errPowerCut) {
				t.Fatalf("cut %d did not happen: %v", cut, err)
			}
			if _, state := ReadMeta(d); state.Newest < 0 {
				t.Fatalf("copy %d damaged, cut %d: no good copy: %+v", bad+1, cut, state)
			}
		}
	}
}
