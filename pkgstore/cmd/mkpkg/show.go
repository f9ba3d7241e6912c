// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"understudy/pkgstore/pack"
)

type shown struct {
	Length  int64        `json:"length"` // bytes
	SHA256  string       `json:"sha256"`
	Summary pack.Summary `json:"summary"`
	Files   []shownFile  `json:"files"`
}

type shownFile struct {
	Role pack.Role `json:"role"`
	Size int64     `json:"size"` // bytes, uncompressed
}

// show prints what a package says of itself, as JSON, after all of it was
// checked against its manifest.
func show(ctx context.Context, path string, out io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, f)
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	p, err := pack.Open(f, n)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	s := shown{Length: n, SHA256: hex.EncodeToString(hash.Sum(nil)), Summary: p.Summary(), Files: []shownFile{}}
	for _, role := range p.Roles() {
		if err := p.Copy(ctx, role, io.Discard); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		s.Files = append(s.Files, shownFile{Role: role, Size: p.Size(role)})
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(s)
}
