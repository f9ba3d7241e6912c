// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"debug/pe"
	"fmt"
	"strconv"
	"strings"

	"understudy/pkgstore/pack"
)

// identify fills in what the command line leaves open: a boot image says itself
// which build it is, and an appliance takes no other.
func (o *order) identify() error {
	if o.kind == pack.Base && (o.build.ID == "" || o.build.Tree == 0) {
		version, tree, id, err := identity(o.main)
		if err != nil {
			return err
		}
		if version != o.version {
			return fmt.Errorf("the boot image %s is version %.40q, not %s", o.main, version, o.version)
		}
		o.build.Tree, o.build.ID = cmp.Or(o.build.Tree, tree), cmp.Or(o.build.ID, id)
	}
	o.build.Tree, o.build.ID = cmp.Or(o.build.Tree, 1), cmp.Or(o.build.ID, "local")
	return nil
}

// identity reads IMAGE_VERSION, such as 3.3.2-1, and BUILD_ID out of a unified
// kernel image (section .osrel).
func identity(path string) (version string, tree int, id string, err error) {
	f, err := pe.Open(path)
	if err != nil {
		return "", 0, "", fmt.Errorf("reading the boot image %s: %w", path, err)
	}
	defer f.Close()
	s := f.Section(".osrel")
	if s == nil {
		return "", 0, "", fmt.Errorf("the boot image %s does not say which release it is: give -tree and -build", path)
	}
	b, err := s.Data()
	if err != nil {
		return "", 0, "", fmt.Errorf("reading the boot image %s: %w", path, err)
	}
	var release string
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\n\x00"), "=")
		switch name {
		case "IMAGE_VERSION":
			release = value
		case "BUILD_ID":
			id = value
		}
	}
	version, number, ok := strings.Cut(release, "-")
	tree, err = strconv.Atoi(number)
	if !ok || err != nil || id == "" {
		return "", 0, "", fmt.Errorf("the boot image %s calls itself %.40q, build %.40q: give -tree and -build", path, release, id)
	}
	return version, tree, id, nil
}
