// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/u-root/gobusybox/src/pkg/golang"
	"github.com/u-root/mkuimage/cpio"
	"github.com/u-root/mkuimage/uimage"
	"github.com/u-root/uio/llog"

	"understudy/appliance/layout"
)

// initProgram is the program that the kernel starts. It comes from the module
// cache, at the version that go.mod names.
const initProgram = "github.com/u-root/u-root/cmds/core/init"

// initArchive compiles u-root's init and makes an archive of it, with the
// directories and the two devices that must be there before any other is made.
// There is no shell in it.
func (c cache) initArchive(ctx context.Context) (string, error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return "", err
	}
	sums, err := hashFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return "", err
	}
	// A program built with -trimpath does not know where Go lies.
	goroot, err := run(ctx, "", nil, "go", "env", "GOROOT")
	if err != nil {
		return "", err
	}
	env := golang.Default(golang.DisableCGO(), golang.WithGOARCH("amd64"), golang.WithWorkingDir(root),
		golang.WithGOROOT(string(bytes.TrimSpace(goroot))))
	version, err := env.Version()
	if err != nil {
		return "", fmt.Errorf("asking for the version of Go: %w", err)
	}
	// Other flags give other bytes.
	inputs := []string{"init", initProgram, version, os.Getenv("GOFLAGS"), sums}
	return c.step("init.cpio", inputs, func(path string) error { return makeInit(path, env) })
}

func makeInit(path string, env *golang.Environ) error {
	tmp := path + ".tmp"
	if err := os.Mkdir(tmp, 0o755); err != nil {
		return err
	}
	base, err := cpio.ArchiveFromRecords([]cpio.Record{
		cpio.Directory("bin", 0o755), cpio.Directory("dev", 0o755), cpio.Directory("etc", 0o755),
		cpio.Directory("proc", 0o755), cpio.Directory("run", 0o755), cpio.Directory("sys", 0o755),
		cpio.Directory("tmp", 0o1777),
		cpio.CharDev("dev/console", 0o600, 5, 1), cpio.CharDev("dev/null", 0o666, 1, 3),
	})
	if err != nil {
		return err
	}
	return uimage.Create(llog.Default(),
		uimage.WithReplaceEnv(env), uimage.WithTempDir(tmp), uimage.WithSkipLDD(),
		uimage.WithBaseArchive(base), uimage.WithCPIOOutput(path),
		uimage.WithBinaryCommands(initProgram), uimage.WithInit("init"),
		uimage.WithUinit(layout.PathBased, "-supervise"))
}

// moduleRoot is the directory with the go.mod that names u-root's version.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := run(ctx, "", nil, "go", "env", "GOMOD")
	if err != nil {
		return "", err
	}
	mod := string(bytes.TrimSpace(out))
	if mod == "" || mod == os.DevNull {
		return "", errors.New("an image is built inside its source tree: there is no go.mod here")
	}
	return filepath.Dir(mod), nil
}
