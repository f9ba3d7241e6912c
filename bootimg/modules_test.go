// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"understudy/hwprofiles"
)

func TestModulesAreClosed(t *testing.T) {
	set, err := selectModules(kernelTree(t), hwprofiles.All())
	if err != nil {
		t.Fatal(err)
	}
	builtin, err := builtinModules(set.dir)
	if err != nil {
		t.Fatal(err)
	}
	have := func(name string) bool { _, ok := set.modules[moduleName(name)]; return ok || builtin[moduleName(name)] }
	for _, p := range hwprofiles.All() {
		for _, d := range p.Drivers {
			if !have(d) {
				t.Errorf("%s: driver %s is not in the image", p.Name, d)
			}
		}
	}
	for _, m := range set.modules {
		for _, d := range m.depends {
			if !have(d) {
				t.Errorf("%s needs %s, which is not in the image", m.name, d)
			}
		}
	}
}

// Whoever loads what modules.dep says from right to left, and then the module,
// finds everything there in time.
func TestModuleTables(t *testing.T) {
	set, err := selectModules(kernelTree(t), hwprofiles.All())
	if err != nil {
		t.Fatal(err)
	}
	tables := set.tables()
	loaded := map[string]bool{}
	for line := range strings.Lines(string(tables["modules.dep"])) {
		path, needs, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			t.Fatalf("modules.dep has %q", line)
		}
		order := strings.Fields(needs)
		slices.Reverse(order)
		clear(loaded)
		for _, p := range append(order, path) {
			for _, d := range set.modules[moduleName(p)].depends {
				if _, ok := set.modules[d]; ok && !loaded[d] {
					t.Errorf("%s: %s is loaded before %s", path, p, d)
				}
			}
			loaded[moduleName(p)] = true
		}
	}
	for table, want := range map[string]string{
		"modules.dep":     "kernel/fs/ext4/ext4.ko: ",
		"modules.alias":   "alias virtio:d00000002v* virtio_blk\n",
		"modules.softdep": "softdep ext4 pre: crypto-crc32c\n",
		"modules.preload": "crc32c_generic\n",
	} {
		if !strings.Contains(string(tables[table]), want) {
			t.Errorf("%s does not contain %q", table, want)
		}
	}
}

func TestUnknownDriverIsNoticed(t *testing.T) {
	_, err := selectModules(kernelTree(t), []hwprofiles.Profile{{Name: "x", Drivers: []string{"no_such_driver"}}})
	if err == nil || !strings.Contains(err.Error(), "no_such_driver") {
		t.Errorf("%v", err)
	}
	if _, err := selectModules(t.TempDir(), nil); err == nil {
		t.Error("a package without modules was accepted")
	}
}

func TestBrokenModuleIsNoticed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.ko"), []byte("\x7fELF no more"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readModule(dir, "a.ko"); err == nil {
		t.Error("a broken module was accepted")
	}
}
