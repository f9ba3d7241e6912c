// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"context"
	_ "embed"
	"fmt"
	"os"
)

// The template is the empty file system that the box writes to its state
// partition and grows there. The box leaves out its blocks of zeros, so they may
// read as anything: that holds for a file system that has lazy tables and a lazy
// journal, and checksums that tell what was never written.
const (
	templateSize = 16 << 20
	templateUUID = "3560de54-8d4d-8be1-9541-33dc401de6e6"
	templateSeed = "3560de54-8d4d-8be1-9541-33dc401de6e7"
)

//go:embed mke2fs.conf
var mke2fsConfig []byte

// templateArgs makes a file system that grows to any size: blocks of 4 KiB
// whatever the size now, block group descriptors spread over the groups
// instead of a table whose room runs out, and as many inodes in each group as
// a large file system has. Fixed identifiers and time make it the same each
// time.
var templateArgs = []string{
	"-q", "-F", "-t", "ext4", "-b", "4096", "-N", "8192", "-m", "1", "-L", "state",
	"-O", "meta_bg,^resize_inode",
	"-J", "size=6",
	"-U", templateUUID,
	"-E", "hash_seed=" + templateSeed + ",root_owner=0:0,lazy_itable_init=1,lazy_journal_init=1,nodiscard",
}

// stateTemplate makes the template, compressed.
func (c cache) stateTemplate(ctx context.Context) (string, error) {
	program, err := find("mkfs.ext4")
	if err != nil {
		return "", err
	}
	version, err := hashFile(program) // another one may write other bytes
	if err != nil {
		return "", err
	}
	inputs := append([]string{"template", version, string(mke2fsConfig), fmt.Sprint(templateSize)}, templateArgs...)
	return c.step("state.ext4.zst", inputs, func(path string) error {
		image, config := path+".img", path+".conf"
		if err := os.WriteFile(config, mke2fsConfig, 0o644); err != nil {
			return err
		}
		f, err := os.Create(image)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := f.Truncate(templateSize); err != nil {
			return err
		}
		env := []string{"E2FSPROGS_FAKE_TIME=1700000000", "MKE2FS_CONFIG=" + config}
		if _, err := run(ctx, "", env, "mkfs.ext4", append(templateArgs[:len(templateArgs):len(templateArgs)], image)...); err != nil {
			return err
		}
		return packFile(path, packTemplate, f)
	})
}
