// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"context"
	"errors"

	"understudy/appliance/layout"
)

// Options says what to build, and from what.
type Options struct {
	CacheDir  string         // kept between builds; may be shared by builds at the same time
	OutDir    string         // where the artifacts go
	Release   layout.Release // what the image calls itself
	BasedPath string         // the program for /bin/based: a static executable
	Log       func(format string, args ...any)
}

// Artifacts are the paths of what was built.
type Artifacts struct {
	Raw      string // disk image, sparse
	Qcow2    string // the same for QEMU
	Kernel   string // for booting without a disk's loader
	Initrd   string
	UKI      string
	Manifest string // JSON: packages with versions and hashes, sizes
}

// Build makes an image. It is a function of its options and of the packages
// that apt offers at the time; the manifest says which those were.
func Build(ctx context.Context, o Options) (Artifacts, error) {
	return Artifacts{}, errors.New("not built")
}
