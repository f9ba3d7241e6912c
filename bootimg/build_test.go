// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"understudy/appliance/layout"
)

var testRelease = layout.Release{
	Product: layout.Product, Version: "3.3.2", Build: "test", Tree: 1,
	Built: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
}

// shared is the cache of ordinary builds. Tests take the packages from it
// instead of downloading them again.
var shared = sync.OnceValues(func() (c cache, err error) {
	root, err := moduleRoot(context.Background())
	if err != nil {
		return c, err
	}
	c = cache{dir: filepath.Join(root, "build", "cache"), log: func(string, ...any) {}}
	packages, err = c.resolve(context.Background())
	for _, p := range packages {
		if err == nil {
			_, err = c.fetch(context.Background(), p)
		}
	}
	return c, err
})

// packages are what shared found.
var packages []Package

func sharedCache(t testing.TB) cache {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// packageTree is the directory into which a package was unpacked, by its place
// in the list of packages.
func packageTree(t testing.TB, i int) string {
	t.Helper()
	path, err := sharedCache(t).fetch(t.Context(), packages[i])
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func kernelTree(t testing.TB) string { t.Helper(); return packageTree(t, 0) }

// repacked is the kernel as images have it.
func repacked(t testing.TB) string {
	t.Helper()
	vmlinuz, err := filepath.Glob(filepath.Join(kernelTree(t), "boot/vmlinuz-*"))
	if err != nil || len(vmlinuz) != 1 {
		t.Fatalf("%v, %v", vmlinuz, err)
	}
	path, err := sharedCache(t).repackedKernel(t.Context(), vmlinuz[0], packages[0].SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// freshCache is an empty cache but for the packages and the kernel, which takes
// ten seconds.
func freshCache(t *testing.T) string {
	t.Helper()
	sharedCache(t)
	dir := t.TempDir()
	kept := []string{repacked(t)}
	for i := range packages {
		kept = append(kept, packageTree(t, i))
	}
	for _, path := range kept {
		if err := os.Symlink(path, filepath.Join(dir, filepath.Base(path))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// placeholder stands in for based where nothing is booted.
func placeholder(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "based")
	if err := os.WriteFile(path, []byte("#!no program\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func buildIn(t *testing.T, cacheDir string, r layout.Release) Artifacts {
	t.Helper()
	a, err := Build(t.Context(), Options{CacheDir: cacheDir, OutDir: t.TempDir(), Release: r, BasedPath: placeholder(t), Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Two builds that share nothing but Debian's packages give the same bytes.
func TestSameInputsSameBytes(t *testing.T) {
	cache := freshCache(t)
	a, b := buildIn(t, freshCache(t), testRelease), buildIn(t, cache, testRelease)
	for _, pair := range [][2]string{{a.Raw, b.Raw}, {a.Qcow2, b.Qcow2}, {a.Kernel, b.Kernel}, {a.Initrd, b.Initrd}, {a.UKI, b.UKI}, {a.Manifest, b.Manifest}} {
		first, err := hashFile(pair[0])
		if err != nil {
			t.Fatal(err)
		}
		second, err := hashFile(pair[1])
		if err != nil {
			t.Fatal(err)
		}
		if first != second {
			t.Errorf("%s differs", filepath.Base(pair[0]))
		}
	}
	m, err := ReadManifest(a.Manifest)
	if err != nil || m.Release != testRelease || len(m.Packages) != 4 || len(m.Files) != 5 || m.Kernel == "" {
		t.Errorf("manifest %+v, %v", m, err)
	}
	other := testRelease
	other.Version = "3.2.4"
	if c := buildIn(t, cache, other); mustHash(t, c.UKI) == mustHash(t, a.UKI) {
		t.Error("another version has the same image")
	}
}

func mustHash(t *testing.T, path string) string {
	t.Helper()
	h, err := hashFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestImage(t *testing.T) {
	a := buildIn(t, sharedCache(t).dir, testRelease)
	t.Run("disk", func(t *testing.T) { checkDisk(t, a) })
	t.Run("initramfs", func(t *testing.T) { checkInitramfs(t, a.Initrd) })
}

// checkDisk wants an image as the layout has it, and a small one.
func checkDisk(t *testing.T, a Artifacts) {
	f, err := os.Open(a.Raw)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gpt, state, err := layout.ReadGPT(f, layout.ImageSize())
	if err != nil || state.Problem() != "" {
		t.Fatalf("partition table: %v %s", err, state.Problem())
	}
	meta, ok := gpt.Find(layout.MetaArea)
	if !ok {
		t.Fatal("no meta partition")
	}
	zeros := make([]byte, meta.Size())
	if _, err := f.ReadAt(zeros, meta.Offset()); err != nil {
		t.Fatal(err)
	}
	for _, b := range zeros {
		if b != 0 {
			t.Fatal("the meta partition of a fresh image is not blank")
		}
	}
	n, err := Ship(a.Raw, a.Raw+".zst")
	if err != nil || n > 80<<20 {
		t.Errorf("shipped image has %d bytes, %v", n, err)
	}
	if info, err := os.Stat(a.UKI); err != nil || info.Size() > 30<<20 {
		t.Errorf("unified kernel image: %v, %v", info.Size(), err)
	}
}

func TestCompileIsReproducible(t *testing.T) {
	first, err := Compile(t.Context(), t.TempDir(), t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Compile(t.Context(), t.TempDir(), t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	if mustHash(t, first) != mustHash(t, second) {
		t.Error("two builds of based differ")
	}
}

func TestBuildRefuses(t *testing.T) {
	good := Options{CacheDir: t.TempDir(), OutDir: t.TempDir(), Release: testRelease, BasedPath: placeholder(t)}
	for name, spoil := range map[string]func(*Options){
		"no cache":   func(o *Options) { o.CacheDir = "" },
		"no out":     func(o *Options) { o.OutDir = "" },
		"no version": func(o *Options) { o.Release.Version = "" },
		"bad path":   func(o *Options) { o.Release.Version = "../../x" },
		"no program": func(o *Options) { o.CacheDir, o.BasedPath = sharedCache(t).dir, "/nonexistent/based" },
	} {
		o := good
		spoil(&o)
		if a, err := Build(t.Context(), o); err == nil {
			t.Errorf("%s: built %+v", name, a)
		}
	}
	left, err := os.ReadDir(good.OutDir)
	if err != nil || len(left) > 0 {
		t.Errorf("refused builds left %v, %v", left, err)
	}
}

func TestBuildEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Build(ctx, Options{CacheDir: t.TempDir(), OutDir: t.TempDir(), Release: testRelease, BasedPath: placeholder(t)}); err == nil {
		t.Error("a cancelled build succeeded")
	}
}

func TestReleaseFor(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	r, err := ReleaseFor(t.Context(), "3.2.4")
	if err != nil || r.Version != "3.2.4" || r.Built.Unix() != 1700000000 || r.Tree != Tree {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := ReleaseFor(t.Context(), "latest"); err == nil {
		t.Error("a version that is none was accepted")
	}
	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	if _, err := ReleaseFor(t.Context(), "3.2.4"); err == nil {
		t.Error("a time that is none was accepted")
	}
}
