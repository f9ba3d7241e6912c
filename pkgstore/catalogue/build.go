// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"fmt"
	"io"
	"slices"
	"time"

	"understudy/pkgstore/pack"
)

// Build is what a release has from the build that made its files.
type Build struct {
	Tree int       // revision of the tree
	ID   string    // build identifier as the pages show it
	Time time.Time // UTC, whole seconds
}

// For is the summary of the release in a build, for a customer. Base packages
// are for everybody: they take no notice of him.
func (e Entry) For(b Build, c *pack.Customer) pack.Summary {
	s := e.Summary
	s.Requires = slices.Clone(s.Requires)
	s.Tree, s.Build, s.Built = b.Tree, b.ID, b.Time
	if s.Kind != pack.Base {
		s.Customer = c
	}
	return s
}

// Write writes the package of a summary that For gave, and returns its length
// and SHA-256. Main is the boot image of a Base package or the program of a
// site package, roots the certificates in PEM that a site's clients trust, nil
// for none; an add-on takes neither.
func (e Entry) Write(w io.Writer, s pack.Summary, main pack.Source, roots []byte) (int64, [32]byte, error) {
	files := map[pack.Role]pack.Source{}
	switch e.Kind {
	case pack.Base:
		files[pack.UKI] = main
	case pack.Site:
		files[pack.Program] = main
		files[pack.EULA] = pack.Bytes([]byte(e.EULA))
	}
	if roots != nil {
		files[pack.Roots] = pack.Bytes(roots)
	}
	n, hash, err := pack.Write(w, s, files)
	if err != nil {
		return 0, hash, fmt.Errorf("building %s: %w", e.Name, err)
	}
	return n, hash, nil
}
