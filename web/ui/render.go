// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
)

// Renderer turns views into HTML. It is safe for concurrent use.
type Renderer struct {
	root      string
	assets    map[string]*Asset
	templates templates
}

// New makes a renderer of pages below /appliance; see NewAt.
func New(rooms ...fs.FS) (*Renderer, error) { return NewAt("/appliance", rooms...) }

// NewAt makes a renderer of pages below root, which has its own assets and
// where signing out, the colours and My Account are, each at its usual name.
// It takes the templates of this package and of rooms of pages: each file
// pages/*.html of a room's file system defines "main", and is a page named
// like the file without its suffix. Files pages/parts/*.html hold what several
// pages of a room share. None is parsed before a page is rendered with it; Parse is for
// tests, which want to know of every mistake.
func NewAt(root string, rooms ...fs.FS) (*Renderer, error) {
	assets, err := loadAssets(root + "/assets/")
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	r := &Renderer{root: root, assets: assets}
	if r.templates, err = newTemplates(template.FuncMap{"asset": r.asset, "icon": icon}, rooms); err != nil {
		return nil, fmt.Errorf("list the pages: %w", err)
	}
	return r, nil
}

// Parse reads every template and returns what is wrong with them.
func (r *Renderer) Parse() error {
	var errs []error
	for name := range r.templates {
		_, err := r.templates.page(name)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// asset is the template function that turns a name into a path.
func (r *Renderer) asset(name string) (string, error) {
	a := r.assets[name]
	if a == nil {
		return "", fmt.Errorf("there is no asset %q", name)
	}
	return a.Path, nil
}

// Assets lists every asset, for the routes that serve them.
func (r *Renderer) Assets() []*Asset {
	var list []*Asset
	for _, a := range r.assets {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b *Asset) int { return cmp.Compare(a.Path, b.Path) })
	return list
}

// Page renders a page. Nothing is written when it fails, so that the caller
// can still answer with an error.
func (r *Renderer) Page(w http.ResponseWriter, status int, name string, page Page) error {
	if page.Product == "" {
		page.Product = Product
	}
	page.Root = r.root
	html, err := r.Part(name, "layout", page)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(html)))
	w.WriteHeader(status)
	// Only the connection can fail now, and nobody is left to tell.
	_, _ = w.Write(html)
	return nil
}

// Part renders one template of a page on its own: for the live stream.
func (r *Renderer) Part(name, part string, view any) ([]byte, error) {
	t, err := r.templates.page(name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, part, view); err != nil {
		return nil, fmt.Errorf("render %s of page %s: %w", part, name, err)
	}
	return b.Bytes(), nil
}

// Small renders a page that says one thing.
func (r *Renderer) Small(w http.ResponseWriter, status int, page Page, s Small) error {
	page.Title, page.Body = s.Title, s
	return r.Page(w, status, "small", page)
}
