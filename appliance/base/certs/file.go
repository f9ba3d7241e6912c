// SPDX-License-Identifier: Apache-2.0

package certs

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// writeFile puts content at path, readable by root alone, so that after a
// power cut there is either nothing new or the whole file.
func writeFile(path string, content []byte) error {
	dir := filepath.Dir(path)
	err := renameio.WriteFile(path, content, 0o600,
		renameio.WithTempDir(dir), renameio.WithStaticPermissions(0o600))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	// The name is on disk only once its directory is: without this a power cut
	// could bring another fingerprint than the one already shown.
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync the directory of %s: %w", path, err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync the directory of %s: %w", path, err)
	}
	return nil
}
