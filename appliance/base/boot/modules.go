// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"understudy/appliance/layout"
)

// modules is the kernel's module directory: who needs whom, who drives what.
// It loads each module once, whatever the number of those who ask for it.
type modules struct {
	dir     string
	insert  func(path string) error // finit_module
	aliases aliases
	known   map[string]*module // by name, with underscores; not changed after openModules
}

type module struct {
	path      string   // below the directory
	needs     []string // hard dependencies: without them it does not load
	pre, post []string // soft ones: wished for before and after it
	once      sync.Once
	err       error
}

// moduleName is the name by which the kernel knows a module file.
func moduleName(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

// openModules reads the tables that depmod wrote for the running kernel.
func openModules(dir string, insert func(path string) error) (*modules, error) {
	m := &modules{dir: dir, insert: insert, known: make(map[string]*module)}
	dep, err := os.ReadFile(filepath.Join(dir, "modules.dep"))
	if err != nil {
		return nil, fmt.Errorf("reading the list of drivers: %w", err)
	}
	for line := range bytes.Lines(dep) {
		path, needs, ok := strings.Cut(strings.TrimSpace(string(line)), ":")
		if !ok {
			continue
		}
		mod := &module{path: path}
		for _, n := range strings.Fields(needs) {
			mod.needs = append(mod.needs, moduleName(n))
		}
		// depmod lists the deepest dependency last.
		slices.Reverse(mod.needs)
		m.known[moduleName(path)] = mod
	}
	soft, err := os.ReadFile(filepath.Join(dir, "modules.softdep"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("reading the list of drivers: %w", err)
	}
	m.readSoft(soft)
	alias, err := os.ReadFile(filepath.Join(dir, "modules.alias"))
	if err != nil {
		return nil, fmt.Errorf("reading the list of devices: %w", err)
	}
	m.aliases = parseAliases(alias)
	return m, nil
}

// readSoft reads lines of "softdep <module> pre: <names> post: <names>".
func (m *modules) readSoft(b []byte) {
	for line := range bytes.Lines(b) {
		words := strings.Fields(string(line))
		if len(words) < 3 || words[0] != "softdep" {
			continue
		}
		mod := m.known[moduleName(words[1])]
		if mod == nil {
			continue
		}
		list := &mod.pre
		for _, w := range words[2:] {
			switch w {
			case "pre:":
				list = &mod.pre
			case "post:":
				list = &mod.post
			default:
				*list = append(*list, moduleName(w))
			}
		}
	}
}

// preload returns the names that have to be loaded whatever the hardware, in
// their order: what the kernel would otherwise ask modprobe for.
func (m *modules) preload() ([]string, error) {
	b, err := os.ReadFile(filepath.Join(m.dir, layout.FileModulePreload))
	if err != nil {
		return nil, fmt.Errorf("reading the list of drivers to load first: %w", err)
	}
	var names []string
	for line := range strings.Lines(string(b)) {
		line, _, _ = strings.Cut(line, "#")
		if name := strings.TrimSpace(line); name != "" {
			names = append(names, moduleName(name))
		}
	}
	return names, nil
}

// load loads a module with everything that it needs. A name that is not in
// the image is no error: it is built into the kernel, or its hardware is not
// supported. Safe for concurrent use.
func (m *modules) load(name string) error { return m.loadFor(moduleName(name), nil) }

// loadFor is load with the chain of modules for whose sake it happens, which
// ends circles among the soft dependencies.
func (m *modules) loadFor(name string, chain []string) error {
	mod := m.known[name]
	if mod == nil || slices.Contains(chain, name) {
		return nil
	}
	chain = append(slices.Clip(chain), name)
	for _, n := range mod.pre {
		m.loadFor(n, chain) // wished for: its failure shows with whoever asks for it by itself
	}
	for _, n := range mod.needs {
		if err := m.loadFor(n, chain); err != nil {
			return err
		}
	}
	mod.once.Do(func() {
		if err := m.insert(filepath.Join(m.dir, mod.path)); err != nil {
			mod.err = fmt.Errorf("loading driver %s: %w", name, err)
		}
	})
	for _, n := range mod.post {
		m.loadFor(n, chain)
	}
	return mod.err
}

// insertModule hands a module file to the kernel. That it is there already is
// what was wanted.
func insertModule(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil && !errors.Is(err, unix.EEXIST) {
		return err
	}
	return nil
}
