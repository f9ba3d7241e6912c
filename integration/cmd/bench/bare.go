// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/u-root/mkuimage/cpio"

	"understudy/appliance/layout"
	"understudy/bootimg"
)

// bareModules are what a virtio network card needs, in the order of loading.
var bareModules = []string{
	"virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci",
	"failover", "net_failover", "virtio_net",
}

// makeBare builds what the appliance is measured against in dir: the same
// kernel, started by the same loaders from a disk of the same layout, with an
// initramfs that holds the bare init and nothing else.
func makeBare(ctx context.Context, ours bootimg.Artifacts, dir string) (bootimg.Artifacts, error) {
	bare := bootimg.Artifacts{
		Kernel: ours.Kernel, Initrd: filepath.Join(dir, "bare.initrd"),
		UKI: filepath.Join(dir, "bare.efi"), Raw: filepath.Join(dir, "bare.raw"), Manifest: ours.Manifest,
	}
	initrd, err := bareInitrd(ctx, ours.Initrd, dir)
	if err != nil {
		return bare, fmt.Errorf("build the bare image: %w", err)
	}
	uki, err := os.ReadFile(ours.UKI)
	if err == nil {
		uki, err = withInitrd(uki, initrd)
	}
	if err != nil {
		return bare, fmt.Errorf("build the bare image: %w", err)
	}
	manifest, err := bootimg.ReadManifest(ours.Manifest)
	if err != nil {
		return bare, fmt.Errorf("build the bare image: %w", err)
	}
	err = errors.Join(
		os.WriteFile(bare.Initrd, initrd, 0o644),
		os.WriteFile(bare.UKI, uki, 0o644),
		copySparse(ctx, ours.Raw, bare.Raw),
	)
	if err == nil {
		err = replaceOnESP(bare.Raw, map[string][]byte{
			layout.UKIPath(manifest.Release): uki,
			layout.SlotA.Initrd():            initrd,
		})
	}
	if err != nil {
		return bare, fmt.Errorf("build the bare image: %w", err)
	}
	return bare, nil
}

// bareInitrd compiles the bare init and packs it with the modules out of the
// appliance's initramfs.
func bareInitrd(ctx context.Context, ours, dir string) ([]byte, error) {
	program := filepath.Join(dir, "init")
	compile := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w", "-o", program, "./integration/cmd/bench/bareinit")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := compile.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile the bare init: %w: %s", err, out)
	}
	code, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	packed, err := os.ReadFile(ours)
	if err != nil {
		return nil, err
	}
	modules, err := findModules(packed)
	if err != nil {
		return nil, err
	}
	records := []cpio.Record{cpio.StaticFile("init", string(code), 0o755), cpio.Directory("modules", 0o755)}
	var list []string
	for _, name := range bareModules {
		records = append(records, cpio.StaticFile("modules/"+name+".ko", string(modules[name]), 0o644))
		list = append(list, name+".ko")
	}
	records = append(records, cpio.StaticFile("modules/list", strings.Join(list, "\n"), 0o644))
	var archive bytes.Buffer
	w := cpio.Newc.Writer(&archive)
	if err := cpio.WriteRecords(w, records); err != nil {
		return nil, err
	}
	if err := cpio.WriteTrailer(w); err != nil {
		return nil, err
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		return nil, err
	}
	return z.EncodeAll(archive.Bytes(), nil), nil
}

// findModules reads the modules out of the first archive of an initramfs.
func findModules(packed []byte) (map[string][]byte, error) {
	z, err := zstd.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var archive bytes.Buffer
	if _, err := archive.ReadFrom(z); archive.Len() == 0 {
		return nil, fmt.Errorf("unpack the initramfs: %w", err) // behind the first archive there is padding, which zstd does not know
	}
	found, err := cpioFiles(archive.Bytes(), ".ko")
	if err != nil {
		return nil, fmt.Errorf("read the initramfs: %w", err)
	}
	for _, name := range bareModules {
		if found[name] == nil {
			return nil, fmt.Errorf("the initramfs has no module %s", name)
		}
	}
	return found, nil
}

// cpioFiles gives the files with that suffix by their base name without it, out
// of archives that lie one behind the other, as the kernel reads them.
func cpioFiles(b []byte, suffix string) (map[string][]byte, error) {
	const magic, header, sizeAt, nameAt = "070701", 110, 54, 94
	found := map[string][]byte{}
	for at := 0; at < len(b); {
		if b[at] == 0 {
			at++ // padding
			continue
		}
		if !bytes.HasPrefix(b[at:], []byte(magic)) || len(b)-at < header {
			return nil, fmt.Errorf("no record at %d", at)
		}
		size, err1 := strconv.ParseUint(string(b[at+sizeAt:at+sizeAt+8]), 16, 31)
		name, err2 := strconv.ParseUint(string(b[at+nameAt:at+nameAt+8]), 16, 16)
		data := (at + header + int(name) + 3) &^ 3
		if err := errors.Join(err1, err2); err != nil || name == 0 || data+int(size) > len(b) {
			return nil, fmt.Errorf("record at %d is cut off: %w", at, err)
		}
		base := filepath.Base(string(b[at+header : at+header+int(name)-1]))
		if base, ok := strings.CutSuffix(base, suffix); ok {
			found[base] = b[data : data+int(size)]
		}
		at = (data + int(size) + 3) &^ 3
	}
	return found, nil
}
