// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// OfflineMagic begins every offline file. The line feed shows a transfer that
// took the file for text.
const OfflineMagic = "USOFFL1\n"

// offlineLimit is how long an offline file's metadata may be, in bytes.
const offlineLimit = 256 << 10

// offline is the metadata of an offline file.
type offline struct {
	Name    string            `json:"name"` // of the target that follows
	Root    []json.RawMessage `json:"root"` // the chain of roots, oldest first
	Targets json.RawMessage   `json:"targets"`
}

// WriteOffline writes an offline file: a package with the metadata that vouches
// for it. Root is the chain of root metadata, oldest first, targets the signed
// targets metadata, name one of its targets. It fails if pkg is not that package.
func WriteOffline(w io.Writer, root [][]byte, targets []byte, name string, pkg io.Reader) error {
	m, err := decode[metadata.TargetsType](metadata.TARGETS, targets)
	if err != nil {
		return fmt.Errorf("write an offline file: %w", err)
	}
	t, err := find(m, name)
	if err != nil {
		return fmt.Errorf("write an offline file: %w", err)
	}
	meta := offline{Name: name, Root: []json.RawMessage{}, Targets: targets}
	for _, r := range root {
		meta.Root = append(meta.Root, r)
	}
	data, err := json.Marshal(meta)
	if err != nil {
		return fmt.Errorf("write an offline file: %w", err)
	}
	if len(data) > offlineLimit {
		return fmt.Errorf("write an offline file: its metadata has %d bytes, %d are the most", len(data), offlineLimit)
	}
	head := binary.BigEndian.AppendUint32([]byte(OfflineMagic), uint32(len(data)))
	if _, err := w.Write(append(head, data...)); err != nil {
		return fmt.Errorf("write an offline file: %w", err)
	}
	if _, err := io.Copy(w, t.Reader(pkg)); err != nil {
		return fmt.Errorf("write an offline file: %w", err)
	}
	return nil
}

// OpenOffline reads the metadata of an offline file from r and checks it against
// the root in state. It returns the package that was signed for and a reader of
// its bytes: Target.Reader over what follows. Nothing of the package is read
// before.
//
// There is no freshness without a network: timestamp and snapshot are not asked
// for. What counts is the expiry of root and targets metadata, unless
// waiveExpiry, and that targets metadata is no older than what Refresh has seen.
// New roots in the file are kept in state. The error is an *Error if the file
// cannot be trusted.
func OpenOffline(r io.Reader, state Dir, now time.Time, waiveExpiry bool) (Target, io.Reader, error) {
	meta, err := readOffline(r) // before the lock: a file may come as slowly as whoever sends it
	if err != nil {
		return Target{}, nil, err
	}
	state.mu.Lock()
	defer state.mu.Unlock()
	c, err := load(state, now)
	if err != nil {
		return Target{}, nil, err
	}
	if err := c.offlineRoots(meta.Root); err != nil {
		return Target{}, nil, err
	}
	m, err := c.offlineTargets(meta.Targets, waiveExpiry)
	if err != nil {
		return Target{}, nil, err
	}
	t, err := find(m, meta.Name)
	if err != nil {
		return Target{}, nil, err
	}
	return t, t.Reader(r), nil
}

// readOffline reads everything before the package.
func readOffline(r io.Reader) (offline, error) {
	head := make([]byte, len(OfflineMagic)+4)
	if n, err := io.ReadFull(r, head); err != nil || string(head[:len(OfflineMagic)]) != OfflineMagic {
		if err != nil && !cutShort(err) {
			return offline{}, fmt.Errorf("read the update file: %w", err)
		}
		return offline{}, &Error{Check: Format, What: "update file", Want: fmt.Sprintf("one that begins with %q", OfflineMagic), Have: fmt.Sprintf("%q", head[:min(n, len(OfflineMagic))])}
	}
	size := binary.BigEndian.Uint32(head[len(OfflineMagic):])
	if size > offlineLimit {
		return offline{}, &Error{Check: Length, What: "metadata of the update file", Want: fmt.Sprintf("at most %d bytes", offlineLimit), Have: fmt.Sprint(size)}
	}
	data := make([]byte, size)
	if n, err := io.ReadFull(r, data); err != nil {
		if !cutShort(err) {
			return offline{}, fmt.Errorf("read the update file: %w", err)
		}
		return offline{}, &Error{Check: Length, What: "metadata of the update file", Want: fmt.Sprintf("%d bytes", size), Have: fmt.Sprint(n)}
	}
	var meta offline
	if err := parseOffline(data, &meta); err != nil {
		return offline{}, &Error{Check: Format, What: "metadata of the update file", Want: "roots, targets and a name", Have: err.Error(), Err: err}
	}
	return meta, nil
}

func cutShort(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

func parseOffline(data []byte, meta *offline) error {
	if err := sound(data); err != nil {
		return err
	}
	if err := json.Unmarshal(data, meta); err != nil {
		return fmt.Errorf("something else (%w)", err)
	}
	if len(meta.Root) > maxRotations {
		return fmt.Errorf("%d roots", len(meta.Root))
	}
	return canonical(*meta, data)
}

// offlineRoots follows a chain of roots. Those up to the present one bring
// nothing, but must be whole too.
func (c *client) offlineRoots(chain []json.RawMessage) error {
	before := map[string]*metadata.Key{}
	for _, data := range chain {
		m, err := decode[metadata.RootType](metadata.ROOT, data)
		if err != nil {
			return err
		}
		if m.Signed.Version > c.set.Root.Signed.Version {
			err = c.nextRoot(data)
		} else {
			err = fits(metadata.ROOT, m, before, m.Signed.Keys)
		}
		if err != nil {
			return err
		}
		before = m.Signed.Keys
	}
	return nil
}

func (c *client) offlineTargets(data []byte, waiveExpiry bool) (*metadata.Metadata[metadata.TargetsType], error) {
	m, err := decode[metadata.TargetsType](metadata.TARGETS, data)
	if err != nil {
		return nil, err
	}
	root := c.set.Root
	if err := fits(metadata.TARGETS, m, root.Signed.Keys); err != nil {
		return nil, err
	}
	if err := signedBy(root, metadata.TARGETS, m); err != nil {
		return nil, err
	}
	if root.Signed.IsExpired(c.now) && !waiveExpiry {
		return nil, outdated(Expired, metadata.ROOT, root.Signed.Expires, c.now)
	}
	if m.Signed.IsExpired(c.now) && !waiveExpiry {
		return nil, outdated(Expired, metadata.TARGETS, m.Signed.Expires, c.now)
	}
	var seen int64
	err = c.known(metadata.TARGETS, func(data []byte) {
		old, err := decode[metadata.TargetsType](metadata.TARGETS, data)
		if err == nil && signedBy(root, metadata.TARGETS, old) == nil {
			seen = old.Signed.Version
		}
	})
	if err != nil {
		return nil, err
	}
	if m.Signed.Version < seen {
		return nil, older(metadata.TARGETS, seen, m.Signed.Version)
	}
	return m, nil
}

// find gives the target of a name.
func find(m *metadata.Metadata[metadata.TargetsType], name string) (Target, error) {
	f := m.Signed.Targets[name]
	if f == nil {
		names := slices.Sorted(maps.Keys(m.Signed.Targets))
		return Target{}, &Error{Check: Mixed, What: "update file", Want: "one of the packages " + strings.Join(names[:min(len(names), 8)], ", "), Have: fmt.Sprintf("%.64q", name)}
	}
	t, err := targetOf(name, f)
	if err != nil {
		return Target{}, refused(metadata.TARGETS, err)
	}
	return t, nil
}
