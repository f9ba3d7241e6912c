// SPDX-License-Identifier: Apache-2.0

package updateserver

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"understudy/bootimg"
	"understudy/integration/vm"
	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
)

// ShelveBase builds a Base version of the catalogue and offers it.
func (s *Server) ShelveBase(ctx context.Context, version string, log func(string, ...any)) error {
	entry, ok := catalogue.Find(pack.Base, version)
	if !ok {
		return fmt.Errorf("the catalogue has no Base %s", version)
	}
	image, err := vm.BuildImage(ctx, version, log)
	if err != nil {
		return err
	}
	manifest, err := bootimg.ReadManifest(image.Manifest)
	if err != nil {
		return err
	}
	uki, err := pack.File(image.UKI)
	if err != nil {
		return fmt.Errorf("offer Base %s: %w", version, err)
	}
	path, err := s.shelf("base-" + version + ".pkg")
	if err != nil {
		return err
	}
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644))
	if err != nil {
		return fmt.Errorf("offer Base %s: %w", version, err)
	}
	defer f.Cleanup()
	r := manifest.Release
	if _, _, err := entry.Write(f, entry.For(catalogue.Build{Tree: r.Tree, ID: r.Build, Time: r.Built}, nil), uki, nil); err != nil {
		return err
	}
	return f.CloseAtomicallyReplace()
}

// ShelveSites compiles the site software and offers it as these versions of the
// catalogue.
func (s *Server) ShelveSites(ctx context.Context, versions []string, log func(string, ...any)) error {
	build, err := vm.BuildDir()
	if err != nil {
		return err
	}
	if log == nil {
		log = func(string, ...any) {}
	}
	program, err := bootimg.CompileSite(ctx, filepath.Join(build, "cache"), log)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(program)
	if err != nil {
		return fmt.Errorf("offer the site software: %w", err)
	}
	for _, version := range versions {
		path, err := s.shelf("site", version, "sited")
		if err != nil {
			return err
		}
		if err := renameio.WriteFile(path, content, 0o755); err != nil {
			return fmt.Errorf("offer site %s: %w", version, err)
		}
	}
	return nil
}

// shelf is where something that is offered lies.
func (s *Server) shelf(names ...string) (string, error) {
	path := filepath.Join(append([]string{s.data, "packages"}, names...)...)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("make the update server's shelf: %w", err)
	}
	return path, nil
}
