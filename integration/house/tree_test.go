// SPDX-License-Identifier: Apache-2.0

package house

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "understudy"

// goPackage is one directory with Go files. Imports are those of the files
// that are built into programs, tests left out.
type goPackage struct {
	Path    string
	Files   []string // all, tests included, relative to the root
	Imports map[string]bool
	HasDoc  bool
	HasTest bool
}

func tree(t *testing.T) []*goPackage {
	t.Helper()
	root := "../.."
	byPath := map[string]*goPackage{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "build" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		dir := filepath.Dir(rel)
		p := byPath[dir]
		if p == nil {
			p = &goPackage{Path: dir, Imports: map[string]bool{}}
			byPath[dir] = p
		}
		return p.add(path, rel)
	})
	if err != nil {
		t.Fatalf("walk the tree: %v", err)
	}
	if len(byPath) < 10 {
		t.Fatalf("found only %d packages: the walk started in the wrong place", len(byPath))
	}
	var all []*goPackage
	for _, p := range byPath {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *goPackage) int { return strings.Compare(a.Path, b.Path) })
	return all
}

func (p *goPackage) add(path, rel string) error {
	p.Files = append(p.Files, rel)
	if strings.HasSuffix(path, "_test.go") {
		p.HasTest = true
		return nil
	}
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	if f.Doc != nil {
		p.HasDoc = true
	}
	for _, imp := range f.Imports {
		name, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			return err
		}
		p.Imports[name] = true
	}
	return nil
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range tree(t) {
		program := strings.Contains(p.Path, "/cmd/")
		if !p.HasDoc {
			t.Errorf("%s has no package comment", p.Path)
		}
		if !program && !slices.Contains(p.Files, p.Path+"/doc.go") {
			t.Errorf("%s has no doc.go", p.Path)
		}
		if !program && !p.HasTest && !equipment(p.Path) {
			t.Errorf("%s has no test", p.Path)
		}
	}
}

// equipment reports whether a package exists for the tests of others, or holds
// no behaviour to test.
func equipment(path string) bool {
	return strings.HasSuffix(path, "test") || within(path, "integration") || path == "web/services"
}

func TestEveryFileNamesItsLicence(t *testing.T) {
	for _, p := range tree(t) {
		for _, name := range p.Files {
			b, err := os.ReadFile(filepath.Join("../..", name))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(b), "// SPDX-License-Identifier: Apache-2.0\n") {
				t.Errorf("%s does not start with its licence", name)
			}
		}
	}
}
