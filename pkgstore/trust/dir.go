// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/google/renameio/v2"
	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
)

// Dir is where a client keeps the metadata that it trusts, a file per role,
// each replaced atomically. It is what lets a client see, after a restart too,
// that a repository went back in time. Refresh and OpenOffline on copies of one
// Dir wait for each other; NewDir must be called once for each directory.
type Dir struct {
	path string
	mu   *sync.Mutex
}

// NewDir opens the directory path, making it if needed. Root is the root
// metadata to begin with; it is looked at only if the directory has none.
func NewDir(path string, root []byte) (Dir, error) {
	d := Dir{path: path, mu: new(sync.Mutex)}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return Dir{}, fmt.Errorf("make the directory of trusted metadata: %w", err)
	}
	have, err := d.read(metadata.ROOT)
	if err != nil || have != nil {
		return d, err
	}
	if _, err := loadRoot(root); err != nil {
		return Dir{}, fmt.Errorf("begin to trust root metadata: %w", err)
	}
	return d, d.write(metadata.ROOT, root)
}

// CheckRoot returns why NewDir would refuse to begin with root.
func CheckRoot(root []byte) error {
	_, err := loadRoot(root)
	return err
}

// loadRoot begins a set of trusted metadata.
func loadRoot(data []byte) (*trustedmetadata.TrustedMetadata, error) {
	m, err := decode[metadata.RootType](metadata.ROOT, data)
	if err != nil {
		return nil, err
	}
	if err := signedBy(m, metadata.ROOT, m); err != nil {
		return nil, err
	}
	set, err := trustedmetadata.New(data)
	if err != nil {
		return nil, refused(metadata.ROOT, err)
	}
	return set, nil
}

// read gives the metadata of a role, nil if there is none.
func (d Dir) read(role string) ([]byte, error) {
	f, err := os.Open(d.file(role))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read trusted %s metadata: %w", role, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limits[role]+1)) // decode refuses the one too many
	if err != nil {
		return nil, fmt.Errorf("read trusted %s metadata: %w", role, err)
	}
	return data, nil
}

func (d Dir) write(role string, data []byte) error {
	if err := renameio.WriteFile(d.file(role), data, 0o600); err != nil {
		return fmt.Errorf("keep trusted %s metadata: %w", role, err)
	}
	return nil
}

func (d Dir) file(role string) string { return filepath.Join(d.path, role+".json") }
