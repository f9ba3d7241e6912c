// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// module is what a kernel module says about itself.
type module struct {
	name    string
	path    string // below the modules directory
	depends []string
	aliases []string
	softdep []string // "pre: a b", "post: c"
}

// moduleName is the name by which the kernel knows a module file: a dash and
// an underscore are the same there.
func moduleName(file string) string {
	return strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".ko"), "-", "_")
}

// moduleFiles lists all modules below a directory by name.
func moduleFiles(dir string) (map[string]string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".ko") {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		files[moduleName(path)] = rel
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing kernel modules: %w", err)
	}
	return files, nil
}

// readModule reads a module's .modinfo section: entries of key=value that end
// with a zero byte. Debian's package brings no tables; they are made from this
// when a kernel is installed.
func readModule(dir, rel string) (module, error) {
	m := module{name: moduleName(rel), path: rel}
	f, err := elf.Open(filepath.Join(dir, rel))
	if err != nil {
		return m, fmt.Errorf("kernel module %s: %w", rel, err)
	}
	defer f.Close()
	section := f.Section(".modinfo")
	if section == nil {
		return m, fmt.Errorf("kernel module %s says nothing about itself", rel)
	}
	info, err := section.Data()
	if err != nil {
		return m, fmt.Errorf("kernel module %s: %w", rel, err)
	}
	for _, entry := range bytes.Split(info, []byte{0}) {
		key, value, _ := strings.Cut(string(entry), "=")
		switch key {
		case "depends":
			for _, d := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' }) {
				m.depends = append(m.depends, moduleName(d))
			}
		case "alias":
			m.aliases = append(m.aliases, value)
		case "softdep":
			m.softdep = append(m.softdep, value)
		}
	}
	return m, nil
}

// softNames are the modules that a module would like to have.
func (m module) softNames() []string {
	var names []string
	for _, s := range m.softdep {
		for _, w := range strings.Fields(s) {
			if w != "pre:" && w != "post:" && w != "platform:" {
				names = append(names, moduleName(w))
			}
		}
	}
	return names
}
