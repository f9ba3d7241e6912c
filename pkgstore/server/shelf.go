// SPDX-License-Identifier: Apache-2.0

package server

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/trust"
)

// shelf reads the directory of what the server offers. Files are put there by
// hand or by a build, also while the server runs:
//
//	*.pkg                      Base packages
//	site/<version>/sited       the program of a site version of the catalogue
//	site/<version>/build.json  {"tree":7,"id":"12.2.0-7","time":"2026-11-01T00:00:00Z"};
//	                           without it, tree 1, the version and the program's date
//	site/<version>/roots.pem   certificates that its clients trust, for customers
//	                           without a trust store of their own; may be absent.
//	                           With anything else in PEM nothing is offered
type shelf struct {
	dir string

	mu   sync.Mutex
	base map[string]base // by path: a package is read again when it has changed
}

type base struct {
	size int64
	time time.Time
	good bool
	item item
}

// item is a package that lies on disk.
type item struct {
	trust.Target
	path string
}

func newShelf(dir string) *shelf { return &shelf{dir: dir, base: map[string]base{}} }

// bases lists the Base packages. Files that are none are passed over: one that
// is being copied becomes one when it is whole.
func (s *shelf) bases() ([]item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	paths, err := filepath.Glob(filepath.Join(s.dir, "*.pkg"))
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	var out []item
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		b, ok := s.base[path]
		if !ok || b.size != info.Size() || !b.time.Equal(info.ModTime()) {
			b = base{size: info.Size(), time: info.ModTime()}
			b.item, err = readBase(path, info.Size())
			b.good = err == nil
			s.base[path] = b
		}
		if b.good {
			out = append(out, b.item)
		}
	}
	return out, nil
}

func readBase(path string, size int64) (item, error) {
	f, err := os.Open(path)
	if err != nil {
		return item{}, err
	}
	defer f.Close()
	p, err := pack.Open(f, size)
	if err != nil {
		return item{}, err
	}
	if p.Summary().Kind != pack.Base {
		return item{}, fmt.Errorf("%s is not a Base package", path)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, size)); err != nil {
		return item{}, err
	}
	t := trust.Target{Length: size, Summary: p.Summary(), SHA256: [32]byte(sum.Sum(nil))}
	t.Name = nameOf(t.Summary)
	return item{Target: t, path: path}, nil
}

// nameOf is a package's name in a view.
func nameOf(s pack.Summary) string { return fmt.Sprintf("%s-%s-%d.pkg", s.Kind, s.Version, s.Tree) }

// recipe is what a customer's package is built from.
type recipe struct {
	entry   catalogue.Entry
	summary pack.Summary
	program pack.Source
	roots   []byte
	stamp   string // changes with the program
}

// sites lists the recipes of the site packages that there are programs for.
func (s *shelf) sites(c *pack.Customer) ([]recipe, error) {
	var out []recipe
	for _, e := range catalogue.All() {
		if e.Kind != pack.Site {
			continue
		}
		r, err := s.site(e, c)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the parts of %s: %w", e.Name, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func (s *shelf) site(e catalogue.Entry, c *pack.Customer) (recipe, error) {
	dir := filepath.Join(s.dir, "site", e.Version)
	program := filepath.Join(dir, "sited")
	info, err := os.Stat(program)
	if err != nil {
		return recipe{}, err
	}
	build := struct {
		Tree int       `json:"tree"`
		ID   string    `json:"id"`
		Time time.Time `json:"time"`
	}{1, e.Version, info.ModTime()}
	if raw, err := os.ReadFile(filepath.Join(dir, "build.json")); err == nil {
		if err := json.Unmarshal(raw, &build); err != nil {
			return recipe{}, err
		}
	}
	roots, err := os.ReadFile(filepath.Join(dir, "roots.pem"))
	if err == nil {
		roots, err = catalogue.TrustStore(roots)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return recipe{}, err
	}
	r := recipe{entry: e, roots: roots, stamp: fmt.Sprint(info.Size(), info.ModTime().UnixNano())}
	r.summary = e.For(catalogue.Build{Tree: build.Tree, ID: build.ID, Time: build.Time.UTC().Truncate(time.Second)}, c)
	r.program, err = pack.File(program)
	return r, err
}

// addon is the recipe of a customer's newest licence add-on.
func addon(c Customer) (recipe, bool) {
	version := fmt.Sprint(c.addon)
	e, ok := catalogue.Find(pack.License, version)
	if !ok || c.addon == 0 {
		return recipe{}, false
	}
	built := c.changed.UTC().Truncate(time.Second)
	return recipe{entry: e, summary: e.For(catalogue.Build{ID: version, Time: built}, c.pack())}, true
}

// hash tells recipes apart.
func (r recipe) hash() ([]byte, error) {
	raw, err := json.Marshal(struct {
		Summary pack.Summary
		EULA    string
		Roots   []byte
		Stamp   string
	}{r.summary, r.entry.EULA, r.roots, r.stamp})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	return sum[:], nil
}
