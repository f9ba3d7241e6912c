// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// moduleDir writes the tables of a module directory.
func moduleDir(t *testing.T, dep, soft, alias, preload string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"modules.dep": dep, "modules.softdep": soft, "modules.alias": alias, "modules.preload": preload,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inserter remembers which files were handed to the kernel, and refuses some.
type inserter struct {
	mu     sync.Mutex
	names  []string
	refuse map[string]error
}

func (i *inserter) insert(path string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	name := moduleName(path)
	i.names = append(i.names, name)
	return i.refuse[name]
}

const someDep = `kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko kernel/fs/mbcache.ko kernel/fs/jbd2/jbd2.ko
kernel/fs/jbd2/jbd2.ko:
kernel/fs/mbcache.ko:
kernel/lib/crc16.ko:
kernel/lib/libcrc32c.ko:
kernel/crypto/crc32c_generic.ko:
kernel/drivers/virtio/virtio_pci.ko: kernel/drivers/virtio/virtio_pci_legacy_dev.ko kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/virtio/virtio_pci_legacy_dev.ko:
kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/virtio/virtio_ring.ko:
kernel/drivers/block/virtio_blk.ko: kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
kernel/circle/a.ko:
kernel/circle/b.ko:
`

const someSoft = `softdep libcrc32c pre: crc32c
softdep ext4 pre: crc32c_generic
softdep a pre: b post: a
softdep b pre: a
softdep nothere pre: ext4
`

func TestLoadOrder(t *testing.T) {
	var in inserter
	m, err := openModules(moduleDir(t, someDep, someSoft, someAliases, ""), in.insert)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ext4", "virtio-pci", "virtio_blk", "ext4", "unknown", "a"} {
		if err := m.load(name); err != nil {
			t.Errorf("load(%s): %v", name, err)
		}
	}
	want := "crc32c_generic jbd2 mbcache crc16 ext4 virtio_ring virtio virtio_pci_legacy_dev virtio_pci virtio_blk b a"
	if got := strings.Join(in.names, " "); got != want {
		t.Errorf("loaded %s\n want  %s", got, want)
	}
}

func TestFailedDependency(t *testing.T) {
	in := inserter{refuse: map[string]error{"jbd2": unix.ENOENT}}
	m, err := openModules(moduleDir(t, someDep, someSoft, "", ""), in.insert)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := m.load("ext4"); !errors.Is(err, unix.ENOENT) || !strings.Contains(err.Error(), "jbd2") {
			t.Errorf("load: %v", err)
		}
	}
	if slices.Contains(in.names, "ext4") {
		t.Error("ext4 was loaded without what it needs")
	}
}

func TestLoadedOnceByMany(t *testing.T) {
	var in inserter
	m, err := openModules(moduleDir(t, someDep, someSoft, "", ""), in.insert)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 16 {
		for name := range m.known {
			all.Go(func() { m.load(name) })
		}
	}
	all.Wait()
	if len(in.names) != len(m.known) {
		t.Errorf("%d loads of %d modules: %q", len(in.names), len(m.known), in.names)
	}
}

func TestPreload(t *testing.T) {
	m, err := openModules(moduleDir(t, someDep, "", "", "# by hand\ncrc32c_generic # first\n\nlibcrc32c\nnls-cp437\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.preload()
	if err != nil || strings.Join(got, " ") != "crc32c_generic libcrc32c nls_cp437" {
		t.Errorf("preload: %q, %v", got, err)
	}
}

func TestNoModuleDirectory(t *testing.T) {
	if _, err := openModules(filepath.Join(t.TempDir(), "6.1.0"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("openModules: %v", err)
	}
}
