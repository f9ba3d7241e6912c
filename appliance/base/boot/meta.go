// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"sync"

	"understudy/appliance/layout"
)

// keptBoots is how many past boots the record remembers.
const keptBoots = 8

// metaFile is what the record is kept in: the meta partition.
type metaFile interface {
	io.ReaderAt
	layout.MetaWriter
}

// metaStore is the meta record with its two copies. Every change is on disk in
// both before it counts. Safe for concurrent use.
type metaStore struct {
	file metaFile

	mu    sync.Mutex
	rec   layout.Meta
	state layout.MetaState
}

// openMeta reads the record from a partition.
func openMeta(path string) (*metaStore, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("opening the meta record: %w", err)
	}
	return readMetaStore(f), nil
}

func readMetaStore(f metaFile) *metaStore {
	m := &metaStore{file: f}
	m.rec, m.state = layout.ReadMeta(f)
	return m
}

// repair writes a damaged copy anew from the good one. It returns a sentence
// if there was anything to repair.
func (m *metaStore) repair() (string, error) {
	m.mu.Lock()
	problem, newest := m.state.Problem(), m.state.Newest
	m.mu.Unlock()
	if problem == "" || newest < 0 {
		return "", nil
	}
	return problem, m.update(func(*layout.Meta) {})
}

// record returns the record as it is on disk.
func (m *metaStore) record() layout.Meta {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rec
}

// lost reports whether there is no record although one was written once.
func (m *metaStore) lost() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.Newest < 0 && !m.state.Blank()
}

// blank reports whether no record was ever written.
func (m *metaStore) blank() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.Blank()
}

// problem is a sentence about damaged copies, or empty.
func (m *metaStore) problem() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.Problem()
}

// update changes the record and writes it. After an error the record is what
// the disk says.
func (m *metaStore) update(change func(*layout.Meta)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := m.rec
	change(&next)
	written, err := layout.WriteMeta(m.file, m.state, next)
	if err != nil {
		m.rec, m.state = layout.ReadMeta(m.file)
		return err
	}
	m.rec, m.state = written, layout.MetaState{}
	return nil
}

// known reports whether there is a record to which something may be added. A
// lost one must not be replaced by the way: that would look like a fresh box,
// and the next boot would make a new state over the old one.
func (m *metaStore) known() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.Newest >= 0
}

// noteBoot remembers that a boot has begun. Without a record it does nothing.
func (m *metaStore) noteBoot(b layout.MetaBoot) error {
	if !m.known() {
		return nil
	}
	return m.update(func(r *layout.Meta) {
		boots := append(append([]layout.MetaBoot(nil), r.Boots...), b)
		r.Boots = boots[max(0, len(boots)-keptBoots):]
	})
}

// noteUse remembers that based works with the state. Without a record, and
// when the state's key was dropped meanwhile, it does nothing.
func (m *metaStore) noteUse() error {
	if rec := m.record(); !m.known() || rec.InUse || len(rec.Key) == 0 {
		return nil
	}
	return m.update(func(r *layout.Meta) { r.InUse = true })
}

// keepProfile remembers the model that a seed has given, so that it outlives
// the seed. Without a record, and for an empty name, it does nothing.
func (m *metaStore) keepProfile(name string) error {
	if !m.known() || name == "" || m.record().Profile == name {
		return nil
	}
	return m.update(func(r *layout.Meta) { r.Profile = name })
}

// noteOutcome remembers what became of the boot that was noted last. Without a
// record it does nothing.
func (m *metaStore) noteOutcome(outcome string) error {
	if !m.known() {
		return nil
	}
	return m.update(func(r *layout.Meta) {
		if n := len(r.Boots); n > 0 {
			r.Boots = append([]layout.MetaBoot(nil), r.Boots...)
			r.Boots[n-1].Outcome = outcome
		}
	})
}

// dropKey forgets the state's key and everything that first boot made of it,
// so that the next boot makes a new state. The box stays the same box: serial,
// GUID, identity and model are kept as far as they are known.
func (m *metaStore) dropKey() error {
	return m.update(func(r *layout.Meta) {
		r.Key, r.KeyProtected, r.FirstBoot, r.InUse = nil, false, "", false
	})
}

// makeKey writes a record with a key, unless there is one with a key already.
func (m *metaStore) makeKey() error {
	if len(m.record().Key) == layout.KeySize {
		return nil
	}
	key := make([]byte, layout.KeySize)
	rand.Read(key)
	return m.update(func(r *layout.Meta) { r.Key, r.KeyProtected = key, false })
}

// makeIdentity gives the box a serial, a GUID and a key of its own, unless it
// has them: after a factory reset it is still the same box.
func (m *metaStore) makeIdentity(serial string) error {
	return m.update(func(r *layout.Meta) {
		if r.Serial == "" {
			r.Serial = serial
		}
		if r.GUID == "" {
			r.GUID = newGUID()
		}
		if len(r.Identity) == 0 {
			r.Identity = make([]byte, layout.IdentitySize)
			rand.Read(r.Identity)
		}
	})
}
