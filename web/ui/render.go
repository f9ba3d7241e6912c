// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed templates/*.html
var templateFiles embed.FS

// Renderer turns views into HTML. It is safe for concurrent use.
type Renderer struct {
	root   string
	pages  map[string]*template.Template
	assets map[string]*Asset
}

// New makes a renderer of pages below /appliance; see NewAt.
func New(pages fs.FS) (*Renderer, error) { return NewAt("/appliance", pages) }

// NewAt makes a renderer of pages below root, which has its own assets and
// where signing out, the colours and My Account are, each at its usual name.
// It reads the templates of this package and of a room of pages: each file
// pages/*.html of the given file system defines "main", and is a page named
// like the file without its suffix. Files pages/parts/*.html hold what several
// pages share.
func NewAt(root string, pages fs.FS) (*Renderer, error) {
	assets, err := loadAssets(root + "/assets/")
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	r := &Renderer{root: root, pages: make(map[string]*template.Template), assets: assets}
	base := template.New("").Option("missingkey=error").Funcs(template.FuncMap{"asset": r.asset, "icon": icon})
	if base, err = base.ParseFS(templateFiles, "templates/layout.html", "templates/parts.html", "templates/form.html"); err != nil {
		return nil, fmt.Errorf("read the templates: %w", err)
	}
	small, err := template.Must(base.Clone()).ParseFS(templateFiles, "templates/small.html")
	if err != nil {
		return nil, fmt.Errorf("read the templates: %w", err)
	}
	r.pages["small"] = small
	if pages == nil {
		return r, nil
	}
	return r, r.load(base, pages)
}

// load adds the pages of a room.
func (r *Renderer) load(base *template.Template, pages fs.FS) error {
	if shared, err := fs.Glob(pages, "pages/parts/*.html"); err != nil {
		return err
	} else if len(shared) > 0 {
		if base, err = base.ParseFS(pages, shared...); err != nil {
			return fmt.Errorf("read shared templates: %w", err)
		}
	}
	names, err := fs.Glob(pages, "pages/*.html")
	if err != nil {
		return err
	}
	for _, file := range names {
		t, err := base.Clone()
		if err != nil {
			return err
		}
		if t, err = t.ParseFS(pages, file); err != nil {
			return fmt.Errorf("read page %s: %w", file, err)
		}
		name := strings.TrimSuffix(path.Base(file), ".html")
		if t.Lookup("main") == nil {
			return fmt.Errorf("page %s does not define main", file)
		}
		r.pages[name] = t
	}
	return nil
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
	t := r.pages[name]
	if t == nil {
		return nil, fmt.Errorf("there is no page %q", name)
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
