// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"understudy/appliance/layout"
)

// Choice is what a loader would boot.
type Choice struct {
	Image string      // path of the unified kernel image; "" if GRUB chose
	Slot  layout.Slot // "" if systemd-boot chose

	// What the loader writes before it starts the kernel: a new name of the
	// image, or the content of layout.ESPGrubEnv. Both empty: nothing.
	Renamed string
	Env     []byte
}

// ErrNothing means that a loader finds nothing it would boot.
var ErrNothing = errors.New("nothing on the boot partition can be booted")

// ChooseSDBoot is systemd-boot 252's choice from the images of an ESP, with no
// menu and no default in the configuration: entries with no tries left are
// last, then the newest version is first. It reads images no further than
// their headers, as systemd-boot does before it has chosen.
func ChooseSDBoot(esp fs.FS) (Choice, error) {
	files, err := fs.ReadDir(esp, fsPath(layout.ESPLinuxDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Choice{}, err
	}
	var all []bootEntry
	for _, f := range files {
		lower := strings.ToLower(f.Name())
		if f.IsDir() || !strings.HasSuffix(lower, ".efi") || strings.HasPrefix(lower, ".") || strings.HasPrefix(lower, "auto-") {
			continue
		}
		if e, ok := readBootEntry(esp, f.Name()); ok {
			all = append(all, e)
		}
	}
	if len(all) == 0 {
		return Choice{}, ErrNothing
	}
	chosen := slices.MinFunc(all, compareEntries)
	c := Choice{Image: layout.ESPLinuxDir + "/" + chosen.file}
	if prefix, left, done, ok := counters(chosen.file); ok {
		c.Renamed = layout.ESPLinuxDir + "/" + prefix + "+" + strconv.Itoa(max(left-1, 0)) + "-" + strconv.Itoa(done+1) + path.Ext(chosen.file)
	}
	return c, nil
}

// bootEntry is what systemd-boot sorts by.
type bootEntry struct {
	file, sortKey, version string
	counted                bool
	left, done             int
}

func readBootEntry(esp fs.FS, name string) (bootEntry, bool) {
	f, err := esp.Open(fsPath(layout.ESPLinuxDir) + "/" + name)
	if err != nil {
		return bootEntry{}, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return bootEntry{}, false
	}
	r, ok := f.(io.ReaderAt)
	if !ok {
		b, err := io.ReadAll(f)
		if err != nil {
			return bootEntry{}, false
		}
		r = bytes.NewReader(b)
	}
	u, err := openUKI(r, info.Size())
	if err != nil {
		return bootEntry{}, false
	}
	o := u.osRelease
	e := bootEntry{file: name, sortKey: cmp.Or(o["IMAGE_ID"], o["ID"]), version: cmp.Or(o["IMAGE_VERSION"], o["VERSION"], o["VERSION_ID"], o["BUILD_ID"])}
	_, e.left, e.done, e.counted = counters(name)
	return e, true
}

// compareEntries is negative if a comes first.
func compareEntries(a, b bootEntry) int {
	spent := func(e bootEntry) int {
		if e.counted && e.left == 0 {
			return 1
		}
		return 0
	}
	r := cmp.Or(
		cmp.Compare(spent(a), spent(b)),
		cmp.Compare(a.sortKey, b.sortKey),
		compareVersions(b.version, a.version),
		compareVersions(strings.ToLower(b.file), strings.ToLower(a.file)),
	)
	if r != 0 || !a.counted || !b.counted {
		return r
	}
	return cmp.Or(cmp.Compare(b.left, a.left), cmp.Compare(a.done, b.done))
}

// counters splits a name of any image into what stands before the counters,
// and them.
func counters(file string) (prefix string, left, done int, ok bool) {
	stem := strings.TrimSuffix(file, path.Ext(file))
	at := strings.LastIndexByte(stem, '+')
	if at < 0 {
		return "", 0, 0, false
	}
	l, d, has := strings.Cut(stem[at+1:], "-")
	left, err := strconv.Atoi(l)
	if err == nil && has {
		done, err = strconv.Atoi(d)
	}
	return stem[:at], left, done, err == nil && left >= 0 && done >= 0
}

// ChooseGRUB is the choice of bootimg's GRUB script.
func ChooseGRUB(esp fs.FS) (Choice, error) {
	var c Choice
	env := grubEnv{}
	if b, err := readBounded(esp, layout.ESPGrubEnv, envSize); err == nil {
		if parsed, err := parseGrubEnv(b); err == nil {
			env = parsed
		}
	}
	first := layout.Slot(env[layout.SlotVarGood])
	if _, set := env[layout.SlotVarGood]; !set {
		first = layout.SlotA
	}
	good := first
	if trial := env[layout.SlotVarTrial]; trial != "" {
		switch env[layout.SlotVarTries] {
		case "2":
			first, env[layout.SlotVarTries] = layout.Slot(trial), "1"
		case "1":
			first, env[layout.SlotVarTries] = layout.Slot(trial), "0"
		default:
			env[layout.SlotVarTrial], env[layout.SlotVarTries] = "", ""
		}
		var err error
		if c.Env, err = env.encode(); err != nil {
			return Choice{}, err
		}
	}
	for _, slot := range []layout.Slot{first, good, layout.SlotA, layout.SlotB} {
		if (slot == layout.SlotA || slot == layout.SlotB) && hasFiles(esp, slot) {
			c.Slot = slot
			return c, nil
		}
	}
	return c, ErrNothing
}

func hasFiles(esp fs.FS, slot layout.Slot) bool {
	for _, p := range []string{slot.Config(), slot.Kernel(), slot.Initrd()} {
		info, err := fs.Stat(esp, fsPath(p))
		if err != nil || info.IsDir() || info.Size() == 0 {
			return false
		}
	}
	return true
}

func readBounded(esp fs.FS, p string, limit int64) ([]byte, error) {
	f, err := esp.Open(fsPath(p))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// fsPath is a path of package layout as package fs wants it.
func fsPath(p string) string { return strings.TrimPrefix(p, "/") }
