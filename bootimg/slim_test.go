// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"testing"
)

// A slim module is the module without what the kernel does without: every other
// section is what it was.
func TestSlimModule(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(kernelTree(t), "lib/modules/*/kernel/fs/ext4/ext4.ko"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	module, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	slim, err := slimModule(module)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(slim, []byte(signatureMark)) || len(slim) >= len(module)-len(signatureMark)-moduleSignatureSize {
		t.Errorf("the signature is still there: %d bytes of %d", len(slim), len(module))
	}
	before, after := sections(t, module), sections(t, slim)
	for _, name := range unneeded {
		if before[name] == nil || after[name] != nil || after[".rela"+name] != nil {
			t.Errorf("%s has %d bytes before and %d after", name, len(before[name]), len(after[name]))
		}
		delete(before, name)
		delete(before, ".rela"+name)
	}
	if len(after) != len(before) {
		t.Errorf("%d sections are left of %d", len(after), len(before))
	}
	for name, data := range before {
		if !bytes.Equal(data, after[name]) {
			t.Errorf("section %s is not what it was", name)
		}
	}
	again, err := slimModule(slim)
	if err != nil || !bytes.Equal(again, slim) {
		t.Errorf("a slim module is changed once more: %v", err)
	}
	if _, err := slimModule([]byte("no module")); err == nil {
		t.Error("what is no module was taken for one")
	}
}

func sections(t *testing.T, module []byte) map[string][]byte {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(module))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, s := range f.Sections {
		if s.Type != elf.SHT_NOBITS && s.Name != "" {
			if all[s.Name], err = s.Data(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}
