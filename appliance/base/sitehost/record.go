// SPDX-License-Identifier: Apache-2.0

package sitehost

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"understudy/pkgstore/pack"
)

// record says which site is installed. It is all that counts.
type record struct {
	Generation string       `json:"generation"`
	Program    string       `json:"program"` // SHA-256 in hexadecimal
	Installed  time.Time    `json:"installed"`
	Summary    pack.Summary `json:"summary"`
	AddOn      pack.Release `json:"add_on,omitzero"` // that brought the licences in Summary; zero: the site package did
}

// keepLicenses keeps the licences that an add-on brought to old. A site package
// may have been built before the add-on, and when licences change after that
// there is a newer add-on. False means that there are none to keep.
func (r *record) keepLicenses(old record) bool {
	if old.AddOn == (pack.Release{}) || old.Summary.Customer == nil || r.Summary.Customer == nil {
		return false
	}
	r.AddOn = old.AddOn
	r.Summary.Customer = licensed(*r.Summary.Customer, *old.Summary.Customer)
	return true
}

// licensed is a customer with the licences of another.
func licensed(c, from pack.Customer) *pack.Customer {
	c.Licenses, c.Expires = from.Licenses, from.Expires
	return &c
}

const recordName = "installed.json"

// readRecord returns nil if no site is installed.
func readRecord(dir string) (*record, error) {
	path := filepath.Join(dir, recordName)
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading which site is installed: %w", err)
	}
	var r record
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("reading which site is installed (%s): %w", path, err)
	}
	if r.Generation != "a" && r.Generation != "b" {
		return nil, fmt.Errorf("reading which site is installed (%s): there is no generation %.40q", path, r.Generation)
	}
	return &r, nil
}

func (r record) write(dir string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = replace(filepath.Join(dir, recordName), append(b, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("recording which site is installed: %w", err)
	}
	return nil
}

// replace puts a file in the place of another in one move that a power cut
// cannot halve.
func replace(path string, content []byte, mode os.FileMode) error {
	next := path + ".next"
	f, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in dir survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func other(generation string) string {
	if generation == "a" {
		return "b"
	}
	return "a"
}
