// SPDX-License-Identifier: Apache-2.0

package slots_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"understudy/appliance/base/slots"
	"understudy/appliance/base/slots/slotstest"
	"understudy/appliance/layout"
)

func file(b []byte) *fstest.MapFile { return &fstest.MapFile{Data: b} }

func TestChooseSDBoot(t *testing.T) {
	one, two := slotstest.UKI(v1), slotstest.UKI(v2)
	for name, c := range map[string]struct {
		files         map[string][]byte
		want, renamed string // names in EFI/Linux
	}{
		"nothing":                   {nil, "", ""},
		"newest of two":             {map[string][]byte{"a.efi": one, "b.efi": two}, "b.efi", ""},
		"the version, not the name": {map[string][]byte{"a.efi": two, "b.efi": one}, "a.efi", ""},
		"counted":                   {map[string][]byte{"a.efi": one, "b+2.efi": two}, "b+2.efi", "b+1-1.efi"},
		"counted twice":             {map[string][]byte{"a.efi": one, "b+1-1.efi": two}, "b+1-1.efi", "b+0-2.efi"},
		"no tries left":             {map[string][]byte{"a.efi": one, "b+0-2.efi": two}, "a.efi", ""},
		"no tries left, alone":      {map[string][]byte{"b+0-2.efi": two}, "b+0-2.efi", "b+0-3.efi"},
		"more tries first":          {map[string][]byte{"b+1.efi": two, "b+2.efi": two}, "b+2.efi", "b+1-1.efi"},
		"cut short":                 {map[string][]byte{"a.efi": one, "b.efi": two[:len(two)/2]}, "a.efi", ""},
		"empty":                     {map[string][]byte{"a.efi": one, "b.efi": nil}, "a.efi", ""},
		"other ends":                {map[string][]byte{"a.efi": one, "b.staged": two, "b.part": two, ".b.efi": two, "auto-b.efi": two}, "a.efi", ""},
		"upper case":                {map[string][]byte{"A.EFI": one}, "A.EFI", ""},
	} {
		esp := fstest.MapFS{}
		for file, b := range c.files {
			esp["EFI/Linux/"+file] = &fstest.MapFile{Data: b}
		}
		got, err := slots.ChooseSDBoot(esp)
		if c.want == "" {
			if !errors.Is(err, slots.ErrNothing) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			continue
		}
		want := slots.Choice{Image: layout.ESPLinuxDir + "/" + c.want}
		if c.renamed != "" {
			want.Renamed = layout.ESPLinuxDir + "/" + c.renamed
		}
		if err != nil || got.Image != want.Image || got.Renamed != want.Renamed || got.Slot != "" || got.Env != nil {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
}

func TestChooseGRUB(t *testing.T) {
	const heading = "# GRUB Environment Block\n"
	block := func(text string) []byte {
		b := make([]byte, 1024)
		for i := copy(b, heading+text); i < len(b); i++ {
			b[i] = '#'
		}
		return b
	}
	both := []layout.Slot{layout.SlotA, layout.SlotB}
	for name, c := range map[string]struct {
		env   []byte
		whole []layout.Slot
		want  layout.Slot
		after string // variables; "": not written
	}{
		"good":                   {block("good=b\n"), both, "b", ""},
		"first try":              {block("good=a\ntrial=b\ntries=2\n"), both, "b", "good=a\ntrial=b\ntries=1\n"},
		"second try":             {block("good=a\ntrial=b\ntries=1\n"), both, "b", "good=a\ntrial=b\ntries=0\n"},
		"given up":               {block("good=a\ntrial=b\ntries=0\n"), both, "a", "good=a\ntrial=\ntries=\n"},
		"tries are no number":    {block("good=a\ntrial=b\ntries=x\n"), both, "a", "good=a\ntrial=\ntries=\n"},
		"trial is not whole":     {block("good=a\ntrial=b\ntries=2\n"), both[:1], "a", "good=a\ntrial=b\ntries=1\n"},
		"good is not whole":      {block("good=b\n"), both[:1], "a", ""},
		"unknown slot":           {block("good=c\n"), both, "a", ""},
		"no variables":           {block(""), both, "a", ""},
		"unreadable":             {make([]byte, 1024), both, "a", ""},
		"unreadable, b is whole": {make([]byte, 1024), both[1:], "b", ""},
		"missing":                {nil, both, "a", ""},
		"nothing":                {block("good=a\n"), nil, "", ""},
	} {
		esp := fstest.MapFS{}
		if c.env != nil {
			esp["grub/grubenv"] = file(c.env)
		}
		for _, s := range c.whole {
			for _, path := range []string{s.Config(), s.Kernel(), s.Initrd()} {
				esp[path[1:]] = file([]byte("x"))
			}
		}
		got, err := slots.ChooseGRUB(esp)
		if c.want == "" {
			if !errors.Is(err, slots.ErrNothing) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			continue
		}
		var after string
		if c.after != "" {
			after = string(block(c.after))
		}
		if err != nil || got.Slot != c.want || string(got.Env) != after {
			t.Errorf("%s: slot %q, %v, variables %.80q", name, got.Slot, err, got.Env)
		}
	}
	for _, missing := range []string{layout.SlotA.Config(), layout.SlotA.Kernel(), layout.SlotA.Initrd()} {
		esp := fstest.MapFS{}
		for _, s := range both {
			for _, path := range []string{s.Config(), s.Kernel(), s.Initrd()} {
				esp[path[1:]] = file([]byte("x"))
			}
		}
		esp[missing[1:]] = file(nil)
		if got, err := slots.ChooseGRUB(esp); err != nil || got.Slot != layout.SlotB {
			t.Errorf("with an empty %s slot %q boots, %v", missing, got.Slot, err)
		}
	}
}
