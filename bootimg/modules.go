// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"understudy/hwprofiles"
)

// preload is loaded at every boot, in this order: what the kernel asks
// modprobe for by names that no table of dependencies has, and there is no
// modprobe in the image.
var preload = []string{
	"crc32c_generic", "crc32c_intel", // ext4 and its journal
	"ext4",
	"xts", "ecb", "aesni_intel", "dm_crypt", // the state partition
	"nls_cp437", "nls_ascii", "nls_utf8", "vfat", // EFI system partition, seed volume
	"qemu_fw_cfg", // seed
	"efivarfs",
	"evdev", "button", // power button
}

// always is shipped beside preload for whoever asks by name.
var always = []string{
	"softdog", // where there is no hardware watchdog
	"nls_iso8859_1",
	"rng_core",
}

// moduleSet is the modules that an image carries.
type moduleSet struct {
	dir     string // the package's modules directory
	uname   string
	modules map[string]module
}

// selectModules takes what the profiles and the lists above name and closes it
// over dependencies, hard and soft. unpacked is the kernel package's tree.
func selectModules(unpacked string, profiles []hwprofiles.Profile) (*moduleSet, error) {
	dirs, err := filepath.Glob(filepath.Join(unpacked, "lib/modules/*"))
	if err != nil || len(dirs) != 1 {
		return nil, fmt.Errorf("kernel package: %d module directories, want 1", len(dirs))
	}
	files, err := moduleFiles(dirs[0])
	if err != nil {
		return nil, err
	}
	builtin, err := builtinModules(dirs[0])
	if err != nil {
		return nil, err
	}
	set := &moduleSet{dir: dirs[0], uname: filepath.Base(dirs[0]), modules: map[string]module{}}
	wanted := slices.Concat(preload, always)
	for _, p := range profiles {
		wanted = append(wanted, p.Drivers...)
	}
	for _, w := range wanted {
		name := moduleName(w)
		if builtin[name] {
			continue
		}
		if _, ok := files[name]; !ok {
			return nil, fmt.Errorf("the kernel has no module %s", w)
		}
		if err := set.add(name, files); err != nil {
			return nil, err
		}
	}
	return set, nil
}

func (s *moduleSet) add(name string, files map[string]string) error {
	path, ok := files[name]
	if _, have := s.modules[name]; have || !ok {
		return nil // a dependency without a file is built in
	}
	m, err := readModule(s.dir, path)
	if err != nil {
		return err
	}
	s.modules[name] = m
	for _, d := range slices.Concat(m.depends, m.softNames()) {
		if err := s.add(d, files); err != nil {
			return err
		}
	}
	return nil
}

func builtinModules(dir string) (map[string]bool, error) {
	b, err := os.ReadFile(filepath.Join(dir, "modules.builtin"))
	if err != nil {
		return nil, fmt.Errorf("kernel package: %w", err)
	}
	builtin := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		builtin[moduleName(strings.TrimSpace(line))] = true
	}
	return builtin, nil
}

// names lists the modules in alphabetical order.
func (s *moduleSet) names() []string { return slices.Sorted(maps.Keys(s.modules)) }

// needs lists all that a module needs, the deepest last.
func (s *moduleSet) needs(name string) []string {
	var order []string
	var visit func(string)
	visit = func(n string) {
		m, ok := s.modules[n]
		if !ok || slices.Contains(order, n) {
			return
		}
		for _, d := range m.depends {
			visit(d)
		}
		order = append(order, n)
	}
	visit(name)
	order = order[:len(order)-1] // without the module itself
	slices.Reverse(order)
	return order
}

// tables are the files that the box reads, in depmod's formats.
func (s *moduleSet) tables() map[string][]byte {
	var dep, alias, soft, pre strings.Builder
	for _, name := range s.names() {
		m := s.modules[name]
		fmt.Fprintf(&dep, "%s:", m.path)
		for _, n := range s.needs(name) {
			fmt.Fprintf(&dep, " %s", s.modules[n].path)
		}
		dep.WriteByte('\n')
		for _, a := range m.aliases {
			fmt.Fprintf(&alias, "alias %s %s\n", a, name)
		}
		for _, d := range m.softdep {
			fmt.Fprintf(&soft, "softdep %s %s\n", name, d)
		}
	}
	for _, name := range preload {
		if _, ok := s.modules[name]; ok {
			fmt.Fprintln(&pre, name)
		}
	}
	return map[string][]byte{
		"modules.dep":     []byte(dep.String()),
		"modules.alias":   []byte(alias.String()),
		"modules.softdep": []byte(soft.String()),
		"modules.preload": []byte(pre.String()),
	}
}
