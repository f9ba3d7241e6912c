// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"understudy/appliance/layout"
)

// Options says what to build, and from what.
type Options struct {
	CacheDir  string         // kept between builds; may be shared by builds at the same time
	OutDir    string         // where the artifacts go
	Release   layout.Release // what the image calls itself
	BasedPath string         // the program for /bin/based: a static executable
	Factory   string         // update file of a site package that the appliance installs by itself; "" for none
	Log       func(format string, args ...any)
}

// Artifacts are the paths of what was built.
type Artifacts struct {
	Raw      string // disk image, sparse
	Qcow2    string // the same for QEMU
	Kernel   string // for booting without a disk's loader
	Initrd   string
	UKI      string
	Manifest string // JSON: see Manifest
}

// Build makes an image. It is a function of its options and of the packages
// that apt offers at the time; the manifest says which those were. It must run
// inside the source tree, which it compiles.
func Build(ctx context.Context, o Options) (Artifacts, error) {
	if err := o.check(); err != nil {
		return Artifacts{}, fmt.Errorf("building an image: %w", err)
	}
	start := time.Now()
	c := cache{dir: o.CacheDir, log: o.Log}
	parts, err := c.gather(ctx, o.BasedPath)
	if err != nil {
		return Artifacts{}, fmt.Errorf("building an image: %w", err)
	}
	a, err := assemble(ctx, c, o, parts)
	if err != nil {
		return Artifacts{}, fmt.Errorf("building an image: %w", err)
	}
	c.log("%-28s %10s %8s", "image "+o.Release.ID(), "", took(start))
	return a, nil
}

// names are where the artifacts of a release go.
func (o Options) names() Artifacts {
	base := filepath.Join(o.OutDir, layout.Product+"-"+o.Release.ID())
	return Artifacts{
		Raw: base + ".raw", Qcow2: base + ".qcow2",
		Kernel: base + ".vmlinuz", Initrd: base + ".initrd", UKI: base + ".efi",
		Manifest: base + ".json",
	}
}

func (o *Options) check() error {
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	if o.CacheDir == "" || o.OutDir == "" {
		return errors.New("no directory for the cache or for the artifacts")
	}
	for _, dir := range []*string{&o.CacheDir, &o.OutDir} {
		abs, err := filepath.Abs(*dir) // programs run in other directories
		if err != nil {
			return err
		}
		*dir = abs
	}
	return o.Release.Check()
}

// assemble makes the artifacts from parts that are all at hand.
func assemble(ctx context.Context, c cache, o Options, p *parts) (Artifacts, error) {
	a := o.names()
	if err := os.MkdirAll(o.OutDir, 0o755); err != nil {
		return a, err
	}
	release, err := releaseArchive(o.Release)
	if err != nil {
		return a, err
	}
	initrd := slices.Concat(p.base, p.program, release)
	var uki bytes.Buffer
	if err := writeUKI(&uki, p.stub, ukiSections(o.Release, p.uname, p.kernel, initrd)); err != nil {
		return a, err
	}
	for path, b := range map[string][]byte{a.Kernel: p.kernel, a.Initrd: initrd, a.UKI: uki.Bytes()} {
		if err := replaceFile(path, b); err != nil {
			return a, err
		}
	}
	c.log("%-28s %10s", filepath.Base(a.UKI), size(a.UKI))
	if err := makeDisk(o, a.Raw, p, initrd, uki.Bytes()); err != nil {
		return a, err
	}
	start := time.Now()
	if err := convert(ctx, a.Raw, a.Qcow2); err != nil {
		return a, err
	}
	c.log("%-28s %10s %8s", filepath.Base(a.Qcow2), size(a.Qcow2), took(start))
	m := Manifest{Release: o.Release, Kernel: p.uname, Packages: p.packages, Modules: p.modules}
	return a, m.write(a.Manifest, []string{a.Kernel, a.Initrd, a.UKI}, []string{a.Raw, a.Qcow2})
}

// osRelease says which release an image is.
func osRelease(r layout.Release) []byte {
	return fmt.Appendf(nil, "ID=%s\nNAME=Understudy\nPRETTY_NAME=\"Understudy %s\"\nVERSION_ID=%s\nIMAGE_ID=%s\nIMAGE_VERSION=%s\nBUILD_ID=%s\n",
		layout.Product, r.ID(), r.ID(), layout.Product, r.ID(), r.Build)
}

// ukiSections are the sections of a release's unified kernel image. The kernel
// is the last: it may use memory behind its end.
func ukiSections(r layout.Release, uname string, kernel, initrd []byte) []section {
	return []section{
		{layout.SectionOSRelease, osRelease(r)},
		{layout.SectionCmdline, []byte(layout.KernelCmdline)},
		{layout.SectionUname, []byte(uname)},
		{layout.SectionInitrd, initrd},
		{layout.SectionLinux, kernel},
	}
}

// makeDisk puts the release on a disk, in both forms: for UEFI and in slot a
// for BIOS.
func makeDisk(o Options, path string, p *parts, initrd, uki []byte) error {
	esp := espFiles(o.Release, p, initrd, uki)
	if o.Factory != "" {
		site, err := os.ReadFile(o.Factory)
		if err != nil {
			return fmt.Errorf("the site package that comes with the appliance: %w", err)
		}
		esp = append(esp, espFile{layout.ESPFactorySite, site})
	}
	gpt := layout.NewGPT()
	bios, _ := gpt.Find(layout.BIOSBoot)
	boot, core, err := grubStages(p.grubBoot, p.grubCore, bios.First)
	if err != nil {
		return err
	}
	return writeDisk(path, gpt, diskParts{boot440: boot, core: core, esp: esp, at: o.Release.Built})
}

// convert makes a qcow2 image of a raw one.
func convert(ctx context.Context, raw, qcow2 string) error {
	tmp := qcow2 + ".part"
	defer os.Remove(tmp)
	if _, err := run(ctx, "", nil, "qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, tmp); err != nil {
		return err
	}
	return os.Rename(tmp, qcow2)
}
