// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"understudy/appliance/layout"
)

// Manifest says what an image was made of and what was made.
type Manifest struct {
	Release  layout.Release `json:"release"`
	Kernel   string         `json:"kernel"` // as uname -r says it
	Packages []Package      `json:"packages"`
	Modules  []string       `json:"modules"`
	Files    []File         `json:"files"`
}

// File is an artifact. Disk images have no hash here: they are mostly zeros,
// and what differs between two of them is in the other files.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256,omitempty"`
}

// ReadManifest reads the manifest of an image that was built.
func ReadManifest(path string) (Manifest, error) {
	var m Manifest
	b, err := os.ReadFile(path)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("manifest %s: %w", path, err)
	}
	return m, nil
}

// write adds the files and writes the manifest.
func (m Manifest) write(path string, hashed, plain []string) error {
	for i, f := range append(hashed[:len(hashed):len(hashed)], plain...) {
		info, err := os.Stat(f)
		if err != nil {
			return err
		}
		entry := File{Name: filepath.Base(f), Size: info.Size()}
		if i < len(hashed) {
			if entry.SHA256, err = hashFile(f); err != nil {
				return err
			}
		}
		m.Files = append(m.Files, entry)
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(path, append(b, '\n'))
}
