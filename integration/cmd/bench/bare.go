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
	"slices"
	"strings"

	"github.com/u-root/u-root/pkg/cpio"

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
	modules, err := bareModulesIn(packed)
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
	var out bytes.Buffer
	err = bootimg.PackArchive(&out, &archive)
	return out.Bytes(), err
}

// bareModulesIn reads the bare init's modules out of an initramfs.
func bareModulesIn(packed []byte) (map[string][]byte, error) {
	files, err := bootimg.Unpack(packed)
	if err != nil {
		return nil, err
	}
	found := map[string][]byte{}
	for path, f := range files {
		name, module := strings.CutSuffix(filepath.Base(path), ".ko")
		if !module || !slices.Contains(bareModules, name) {
			continue
		}
		if found[name], err = bootimg.Content(f); err != nil {
			return nil, err
		}
	}
	for _, name := range bareModules {
		if found[name] == nil {
			return nil, fmt.Errorf("the initramfs has no module %s", name)
		}
	}
	return found, nil
}
