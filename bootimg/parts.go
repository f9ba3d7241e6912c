// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"understudy/hwprofiles"
)

// parts is everything that an image is put together from.
type parts struct {
	packages []Package
	modules  []string
	uname    string

	kernel   []byte
	base     []byte // archives of the initramfs
	program  []byte
	stub     []byte // EFI stub of a unified kernel image
	sdBoot   []byte // systemd-boot
	grubBoot string // GRUB's first stage
	grubCore string // GRUB's second stage
}

// gather makes or finds all parts.
func (c cache) gather(ctx context.Context, based string) (*parts, error) {
	packages, err := c.resolve(ctx)
	if err != nil {
		return nil, err
	}
	trees := make([]string, len(packages))
	for i, p := range packages {
		if trees[i], err = c.fetch(ctx, p); err != nil {
			return nil, err
		}
	}
	kernel, boot, grub, e2fsck := trees[0], trees[1], trees[2], trees[3]

	p := &parts{packages: packages}
	if err := c.addInitramfs(ctx, p, kernel, e2fsck, based); err != nil {
		return nil, err
	}
	grubDir := filepath.Join(grub, "usr/lib/grub/i386-pc")
	p.grubBoot = filepath.Join(grubDir, "boot.img")
	if p.grubCore, err = c.grubCore(ctx, grubDir, packages[2].SHA256); err != nil {
		return nil, err
	}
	linux, err := c.repackedKernel(ctx, filepath.Join(kernel, "boot/vmlinuz-"+p.uname), packages[0].SHA256)
	if err != nil {
		return nil, err
	}
	efi := filepath.Join(boot, "usr/lib/systemd/boot/efi")
	for into, path := range map[*[]byte]string{
		&p.kernel: linux,
		&p.stub:   filepath.Join(efi, "linuxx64.efi.stub"),
		&p.sdBoot: filepath.Join(efi, "systemd-bootx64.efi"),
	} {
		if *into, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("package without a part: %w", err)
		}
	}
	return p, nil
}

// addInitramfs makes the archives of the initramfs that are the same for every
// release.
func (c cache) addInitramfs(ctx context.Context, p *parts, kernel, e2fsck, based string) error {
	set, err := selectModules(kernel, hwprofiles.All())
	if err != nil {
		return err
	}
	p.uname, p.modules = set.uname, set.names()
	template, err := c.stateTemplate(ctx)
	if err != nil {
		return err
	}
	base, err := c.baseArchive(baseParts{modules: set, template: template,
		e2fsck: filepath.Join(e2fsck, "sbin/e2fsck.static")}, p.packages[0].SHA256)
	if err != nil {
		return err
	}
	program, err := c.packProgram(based)
	if err != nil {
		return err
	}
	if p.base, err = os.ReadFile(base); err != nil {
		return err
	}
	if p.program, err = os.ReadFile(program); err != nil {
		return err
	}
	return c.prune(programArchive, 20)
}
