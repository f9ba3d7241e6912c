// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
)

// Fetcher gets a file of a repository: path is relative to it ("timestamp.json",
// "2.root.json"). It reads at most limit bytes plus one, and its error wraps
// fs.ErrNotExist if, and only if, the repository answers that there is no such file.
type Fetcher func(ctx context.Context, path string, limit int64) ([]byte, error)

// maxRotations is how many new roots one refresh follows.
const maxRotations = 64

// Refresh brings the trusted metadata in state up to date, in the order of the
// TUF specification, section 5.3 to 5.6: root, timestamp, snapshot, targets. It
// returns the packages offered, by name. The error is an *Error if the metadata
// cannot be trusted; what was accepted until then is kept.
func Refresh(ctx context.Context, state Dir, fetch Fetcher, now time.Time) ([]Target, error) {
	state.mu.Lock()
	defer state.mu.Unlock()
	c, err := load(state, now)
	if err != nil {
		return nil, err
	}
	c.fetch = fetch
	for _, step := range []func(context.Context) error{c.roots, c.timestamp, c.snapshot, c.targets} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return targetsOf(c.set.Targets[metadata.TARGETS])
}

// client is one refresh.
type client struct {
	state Dir
	fetch Fetcher
	now   time.Time
	set   *trustedmetadata.TrustedMetadata
}

// load begins with the trusted root.
func load(state Dir, now time.Time) (*client, error) {
	data, err := state.read(metadata.ROOT)
	if err != nil {
		return nil, err
	}
	set, err := loadRoot(data)
	if err != nil {
		return nil, err
	}
	set.RefTime = now
	return &client{state: state, now: now, set: set}, nil
}

// get fetches the metadata of a role at path.
func (c *client) get(ctx context.Context, role, path string) ([]byte, error) {
	data, err := c.fetch(ctx, path, limits[role])
	if err != nil {
		return nil, fmt.Errorf("fetch %s metadata: %w", role, err)
	}
	return data, nil
}

// roots follows the chain of roots to its end.
func (c *client) roots(ctx context.Context) error {
	for range maxRotations {
		data, err := c.get(ctx, metadata.ROOT, fmt.Sprintf("%d.root.json", c.set.Root.Signed.Version+1))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return err
		}
		if err := c.nextRoot(data); err != nil {
			return err
		}
	}
	if c.set.Root.Signed.IsExpired(c.now) {
		return outdated(Expired, metadata.ROOT, c.set.Root.Signed.Expires, c.now)
	}
	return nil
}

// nextRoot takes data as the root that follows the present one, and keeps it.
func (c *client) nextRoot(data []byte) error {
	m, err := decode[metadata.RootType](metadata.ROOT, data)
	if err != nil {
		return err
	}
	old := c.set.Root
	if err := fits(metadata.ROOT, m, old.Signed.Keys, m.Signed.Keys); err != nil {
		return err
	}
	if _, err := c.set.UpdateRoot(data); err != nil {
		if err := signedBy(old, metadata.ROOT, m); err != nil {
			return err
		}
		if want, have := old.Signed.Version+1, m.Signed.Version; have != want {
			return &Error{Check: Mixed, What: "root metadata", Want: fmt.Sprintf("version %d", want), Have: fmt.Sprintf("version %d", have), Err: err}
		}
		if err := signedBy(m, metadata.ROOT, m); err != nil {
			return err
		}
		return refused(metadata.ROOT, err)
	}
	return c.state.write(metadata.ROOT, data)
}

// timestamp loads the one kept, which guards against an older one, and then the
// repository's. One kept that the root no longer vouches for is dropped: that is
// how a repository recovers after its keys were stolen (TUF 5.3.11).
func (c *client) timestamp(ctx context.Context) error {
	if err := c.known(metadata.TIMESTAMP, func(data []byte) { _, _ = c.set.UpdateTimestamp(data) }); err != nil {
		return err
	}
	data, err := c.get(ctx, metadata.TIMESTAMP, "timestamp.json")
	if err != nil {
		return err
	}
	m, err := decode[metadata.TimestampType](metadata.TIMESTAMP, data)
	if err != nil {
		return err
	}
	if err := fits(metadata.TIMESTAMP, m, c.set.Root.Signed.Keys); err != nil {
		return err
	}
	old := c.set.Timestamp
	_, err = c.set.UpdateTimestamp(data)
	switch {
	case err == nil:
		return c.state.write(metadata.TIMESTAMP, data)
	case is[*metadata.ErrEqualVersionNumber](err):
		if old.Signed.IsExpired(c.now) {
			return outdated(Frozen, metadata.TIMESTAMP, old.Signed.Expires, c.now)
		}
		return nil // the one kept is used
	case is[*metadata.ErrUnsignedMetadata](err):
		return signedBy(c.set.Root, metadata.TIMESTAMP, m)
	case is[*metadata.ErrExpiredMetadata](err):
		return outdated(Frozen, metadata.TIMESTAMP, m.Signed.Expires, c.now)
	case is[*metadata.ErrBadVersionNumber](err) && m.Signed.Version < old.Signed.Version:
		return older(metadata.TIMESTAMP, old.Signed.Version, m.Signed.Version)
	case is[*metadata.ErrBadVersionNumber](err):
		const file = metadata.SNAPSHOT + ".json"
		return older(metadata.SNAPSHOT, old.Signed.Meta[file].Version, m.Signed.Meta[file].Version)
	}
	return refused(metadata.TIMESTAMP, err)
}

func (c *client) snapshot(ctx context.Context) error {
	current := false
	if err := c.known(metadata.SNAPSHOT, func(data []byte) {
		_, err := c.set.UpdateSnapshot(data, true)
		current = err == nil
	}); err != nil || current {
		return err
	}
	meta := c.set.Timestamp.Signed.Meta[metadata.SNAPSHOT+".json"]
	data, err := c.get(ctx, metadata.SNAPSHOT, fmt.Sprintf("%d.snapshot.json", meta.Version))
	if err != nil {
		return err
	}
	m, err := decode[metadata.SnapshotType](metadata.SNAPSHOT, data)
	if err != nil {
		return err
	}
	if err := fits(metadata.SNAPSHOT, m, c.set.Root.Signed.Keys); err != nil {
		return err
	}
	old := c.set.Snapshot
	_, err = c.set.UpdateSnapshot(data, false)
	if err == nil {
		return c.state.write(metadata.SNAPSHOT, data)
	}
	const file = metadata.TARGETS + ".json"
	if err := signedBy(c.set.Root, metadata.SNAPSHOT, m); err != nil {
		return err
	}
	switch {
	case is[*metadata.ErrLengthOrHashMismatch](err), meta.Version != m.Signed.Version:
		return mixed(metadata.SNAPSHOT, meta, m.Signed.Version, data)
	case is[*metadata.ErrExpiredMetadata](err):
		return outdated(Frozen, metadata.SNAPSHOT, m.Signed.Expires, c.now)
	case old != nil && m.Signed.Meta[file].Version < old.Signed.Meta[file].Version:
		return older(metadata.TARGETS, old.Signed.Meta[file].Version, m.Signed.Meta[file].Version)
	}
	return refused(metadata.SNAPSHOT, err)
}

func (c *client) targets(ctx context.Context) error {
	current := false
	if err := c.known(metadata.TARGETS, func(data []byte) {
		_, err := c.set.UpdateTargets(data)
		current = err == nil
	}); err != nil || current {
		return err
	}
	meta := c.set.Snapshot.Signed.Meta[metadata.TARGETS+".json"]
	data, err := c.get(ctx, metadata.TARGETS, fmt.Sprintf("%d.targets.json", meta.Version))
	if err != nil {
		return err
	}
	m, err := decode[metadata.TargetsType](metadata.TARGETS, data)
	if err != nil {
		return err
	}
	if err := fits(metadata.TARGETS, m, c.set.Root.Signed.Keys); err != nil {
		return err
	}
	_, err = c.set.UpdateTargets(data)
	if err == nil {
		return c.state.write(metadata.TARGETS, data)
	}
	if err := signedBy(c.set.Root, metadata.TARGETS, m); err != nil {
		return err
	}
	switch {
	case is[*metadata.ErrLengthOrHashMismatch](err), meta.Version != m.Signed.Version:
		return mixed(metadata.TARGETS, meta, m.Signed.Version, data)
	case is[*metadata.ErrExpiredMetadata](err):
		return outdated(Expired, metadata.TARGETS, m.Signed.Expires, c.now)
	}
	return refused(metadata.TARGETS, err)
}

// known gives the metadata kept of a role to use, unless there is none or it is
// not in the form in which it was kept.
func (c *client) known(role string, use func([]byte)) error {
	data, err := c.state.read(role)
	if err != nil {
		return err
	}
	if data != nil && decodes(role, data) {
		use(data)
	}
	return nil
}

func decodes(role string, data []byte) bool {
	var err error
	switch role {
	case metadata.TIMESTAMP:
		_, err = decode[metadata.TimestampType](role, data)
	case metadata.SNAPSHOT:
		_, err = decode[metadata.SnapshotType](role, data)
	case metadata.TARGETS:
		_, err = decode[metadata.TargetsType](role, data)
	}
	return err == nil
}

// is reports whether go-tuf's error is of just the type E: its own Is methods
// match kinds of errors with each other.
func is[E error](err error) bool {
	_, ok := err.(E)
	return ok
}
