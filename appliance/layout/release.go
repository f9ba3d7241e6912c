// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"understudy/naming"
)

// Release is the release file: what makes the same binaries one version or
// another. It lies in the initramfs at PathRelease.
type Release struct {
	Product string    `json:"product"` // always Product
	Version string    `json:"version"` // product version, such as 3.3.2
	Build   string    `json:"build"`   // build identifier as shown on Status > Basics
	Tree    int       `json:"tree"`    // revision of our tree; a newer one of the same version is an update
	Built   time.Time `json:"built"`   // UTC, whole seconds
}

// maxRelease bounds the release file in bytes.
const maxRelease = 4 << 10

var releaseVersion = regexp.MustCompile(`^[0-9]{1,5}(\.[0-9]{1,5}){1,3}$`)

// ID is the version and the tree, safe in file names: 3.3.2-7.
func (r Release) ID() string { return r.Version + "-" + strconv.Itoa(r.Tree) }

// Check reports the first thing that is wrong with the release, in a sentence.
func (r Release) Check() error {
	switch {
	case r.Product != Product:
		return fmt.Errorf("release: product is %.40q, want %q", r.Product, Product)
	case !releaseVersion.MatchString(r.Version):
		return fmt.Errorf("release: version %.40q is not numbers separated by dots", r.Version)
	case !naming.ID(r.Build):
		return fmt.Errorf("release: build %.80q has characters other than letters, digits, dot, dash and underscore", r.Build)
	case r.Tree < 0 || r.Tree > 1<<30:
		return fmt.Errorf("release: tree revision %d is out of range", r.Tree)
	case r.Built.IsZero() || r.Built.Year() < 1970 || r.Built.Year() > 9999:
		return fmt.Errorf("release: build time %v is out of range", r.Built)
	}
	return nil
}

// Encode writes the release file. The same release gives the same bytes.
func (r Release) Encode() ([]byte, error) {
	r.Built = r.Built.UTC().Truncate(time.Second)
	if err := r.Check(); err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("release: %w", err)
	}
	return append(b, '\n'), nil
}

// ParseRelease reads a release file. Unknown fields are refused: the file is
// made for exactly the program that reads it.
func ParseRelease(b []byte) (Release, error) {
	if len(b) > maxRelease {
		return Release{}, fmt.Errorf("release: %d bytes are more than the %d allowed", len(b), maxRelease)
	}
	var r Release
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Release{}, fmt.Errorf("release: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Release{}, errors.New("release: something follows the JSON object")
	}
	if r.Built = r.Built.UTC(); !r.Built.Equal(r.Built.Truncate(time.Second)) {
		return Release{}, errors.New("release: build time is not in whole seconds")
	}
	return r, r.Check()
}
