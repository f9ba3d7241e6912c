// SPDX-License-Identifier: Apache-2.0

package chromium

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

// The accessibility checker, pinned: npm's registry names its packages by this
// hash too.
const (
	axeVersion   = "4.14.1"
	axeIntegrity = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
	axeScript    = "package/axe.min.js"
)

// maxAxe bounds what is unpacked of the checker, in bytes.
const maxAxe = 4 << 20

// Axe returns the accessibility checker's script. The package is fetched into
// dir unless it is there; one whose hash is wrong is never unpacked.
func Axe(ctx context.Context, dir string) (script string, err error) {
	path := filepath.Join(dir, "axe-core-"+axeVersion+".tgz")
	archive, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if err := fetchAxe(ctx, dir); err != nil {
			return "", err
		}
		archive, err = os.ReadFile(path)
	}
	if err != nil {
		return "", fmt.Errorf("read the accessibility checker: %w", err)
	}
	sum := sha512.Sum512(archive)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != axeIntegrity {
		os.Remove(path)
		return "", fmt.Errorf("the accessibility checker in %s has the SHA-512 %s and not the expected %s; it was removed", path, got, axeIntegrity)
	}
	return unpackAxe(archive)
}

func fetchAxe(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("fetch the accessibility checker: %w", err)
	}
	cmd := exec.CommandContext(ctx, "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", dir, "axe-core@"+axeVersion)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("fetch the accessibility checker with npm: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

func unpackAxe(archive []byte) (string, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return "", fmt.Errorf("unpack the accessibility checker: %w", err)
	}
	files := tar.NewReader(unzipped)
	for {
		h, err := files.Next()
		if err != nil {
			return "", fmt.Errorf("find %s in the accessibility checker: %w", axeScript, err)
		}
		if h.Name != axeScript {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(files, maxAxe))
		return string(b), err
	}
}

// Finding is one rule of axe-core that a page breaks.
type Finding struct {
	ID     string `json:"id"`
	Help   string `json:"help"`
	Impact string `json:"impact"`
	Nodes  []struct {
		Target  []any  `json:"target"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// String names the rule and at most three places where it is broken.
func (f Finding) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s", f.ID, f.Impact, f.Help)
	for i, n := range f.Nodes {
		if i == 3 {
			fmt.Fprintf(&b, "\n    and at %d more places", len(f.Nodes)-i)
			break
		}
		fmt.Fprintf(&b, "\n    at %v: %s", n.Target, strings.Join(strings.Fields(n.Summary), " "))
	}
	return b.String()
}

// Accessible runs the checker, all its rules, on the page as it is now.
func (t *Tab) Accessible(ctx context.Context, script string) ([]Finding, error) {
	there, err := chromedp.Run(t.in(ctx), chromedp.Evaluate[bool](`typeof axe === "object"`))
	if err == nil && !there {
		err = chromedp.Do(t.in(ctx), chromedp.Evaluate[chromedp.Void](script))
	}
	if err != nil {
		return nil, fmt.Errorf("put the accessibility checker into the page: %w", err)
	}
	found, err := chromedp.Run(t.within(ctx, loadLimit), chromedp.Evaluate[[]Finding](
		`axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations)`, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, fmt.Errorf("run the accessibility checker: %w", err)
	}
	return found, nil
}
