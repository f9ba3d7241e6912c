// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"
)

//go:embed templates/*.html
var templateFiles embed.FS

// templates are the pages by name. Each is parsed when it is first wanted: all
// of them together take a third of a second on an emulated machine, and a box
// that has just started is asked for one.
type templates map[string]func() (*template.Template, error)

// newTemplates lists the pages of rooms, and the small page that every renderer
// has.
func newTemplates(funcs template.FuncMap, rooms []fs.FS) (templates, error) {
	layout := sync.OnceValues(func() (*template.Template, error) {
		base := template.New("").Option("missingkey=error").Funcs(funcs)
		return base.ParseFS(templateFiles, "templates/layout.html", "templates/parts.html", "templates/form.html")
	})
	all := templates{"small": onTop(layout, templateFiles, "templates/small.html")}
	for _, room := range rooms {
		if err := all.add(layout, room); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// add lists the pages of a room.
func (t templates) add(layout func() (*template.Template, error), room fs.FS) error {
	parts, err := fs.Glob(room, "pages/parts/*.html")
	if err != nil {
		return err
	}
	if len(parts) > 0 {
		layout = onTop(layout, room, parts...)
	}
	files, err := fs.Glob(room, "pages/*.html")
	if err != nil {
		return err
	}
	for _, file := range files {
		t[strings.TrimSuffix(path.Base(file), ".html")] = onTop(layout, room, file)
	}
	return nil
}

// onTop is what files add to a template, which stays as it is.
func onTop(below func() (*template.Template, error), in fs.FS, files ...string) func() (*template.Template, error) {
	return sync.OnceValues(func() (*template.Template, error) {
		base, err := below()
		if err != nil {
			return nil, err
		}
		if base, err = base.Clone(); err != nil {
			return nil, err
		}
		return base.ParseFS(in, files...)
	})
}

// page gives a page, ready to be rendered.
func (t templates) page(name string) (*template.Template, error) {
	parse := t[name]
	if parse == nil {
		return nil, fmt.Errorf("there is no page %q", name)
	}
	page, err := parse()
	if err != nil {
		return nil, fmt.Errorf("read the templates of page %s: %w", name, err)
	}
	if page.Lookup("main") == nil {
		return nil, fmt.Errorf("page %s does not define main", name)
	}
	return page, nil
}
