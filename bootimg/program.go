// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"understudy/appliance/layout"
)

// Tree is the revision of this tree. A release of ours raises it: the same
// product version with a higher tree is an update.
const Tree = 1

// goFlags are the flags with which everything here is compiled. Others would
// compile SQLite once more.
const goFlags = "-trimpath -buildvcs=false -tags=sqlite_omit_load_extension,netgo,osusergo"

// staticFlags link a program that needs nothing of the system it runs on.
const staticFlags = "-s -w -linkmode external -extldflags -static"

// Compile compiles based, statically, and returns the path of the program. It
// must run inside the source tree.
func Compile(ctx context.Context, cacheDir string, log func(format string, args ...any)) (string, error) {
	path, err := cache{dir: cacheDir, log: log}.compile(ctx, "based", "./appliance/cmd/based",
		staticFlags, "CGO_ENABLED=1")
	if err != nil {
		return "", fmt.Errorf("compiling based: %w", err)
	}
	return path, nil
}

// CompileSite compiles sited, the program of site packages, in the same way.
func CompileSite(ctx context.Context, cacheDir string, log func(format string, args ...any)) (string, error) {
	path, err := cache{dir: cacheDir, log: log}.compile(ctx, "sited", "./appliance/cmd/sited", staticFlags, "CGO_ENABLED=1")
	if err != nil {
		return "", fmt.Errorf("compiling sited: %w", err)
	}
	return path, nil
}

// compile compiles a program into the cache. The Go tool knows best whether
// there is anything to do.
func (c cache) compile(ctx context.Context, name, pkg, ldflags string, env ...string) (string, error) {
	start := time.Now()
	root, err := moduleRoot(ctx)
	if err != nil {
		return "", err
	}
	out, err := filepath.Abs(filepath.Join(c.dir, name))
	if err != nil {
		return "", err
	}
	env = append(env, "GOFLAGS="+goFlags, "GOOS=linux", "GOARCH=amd64")
	if _, err := run(ctx, root, env, "go", "build", "-o", out, "-ldflags", ldflags, pkg); err != nil {
		return "", err
	}
	c.log("%-28s %10s %8s", name, size(out), took(start))
	return out, nil
}

// ReleaseFor makes the release file of a Base version built from this tree.
// Build and time are those of the last commit, or of SOURCE_DATE_EPOCH if that
// is set; a tree without history gets fixed ones.
func ReleaseFor(ctx context.Context, version string) (layout.Release, error) {
	r := layout.Release{Product: layout.Product, Version: version, Tree: Tree, Build: "local", Built: time.Unix(1<<30, 0).UTC()}
	root, err := moduleRoot(ctx)
	if err != nil {
		return r, err
	}
	var seconds string
	if out, err := run(ctx, root, nil, "git", "log", "-1", "--format=%ct %h"); err == nil {
		seconds, r.Build, _ = strings.Cut(strings.TrimSpace(string(out)), " ")
	}
	if epoch, ok := os.LookupEnv("SOURCE_DATE_EPOCH"); ok {
		seconds = epoch
	}
	if seconds != "" {
		n, err := strconv.ParseInt(seconds, 10, 64)
		if err != nil {
			return r, fmt.Errorf("build time %q is not a number of seconds", seconds)
		}
		r.Built = time.Unix(n, 0).UTC()
	}
	return r, r.Check()
}

// moduleRoot is the directory with the go.mod of this tree.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := run(ctx, "", nil, "go", "env", "GOMOD")
	if err != nil {
		return "", err
	}
	mod := strings.TrimSpace(string(out))
	if mod == "" || mod == os.DevNull {
		return "", errors.New("an image is built inside its source tree: there is no go.mod here")
	}
	return filepath.Dir(mod), nil
}
