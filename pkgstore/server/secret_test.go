// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/pkgstore/checkin"
)

// Keys and sessions are in no address that the server gives out, in nothing
// that it keeps, and its files are its owner's alone.
func TestSecretsStayWhereTheyAre(t *testing.T) {
	w := newWorld(t, false)
	b := w.box("US-1")
	b.mustCheck()
	key := b.statement(checkin.Download, 0)
	support, err := w.server.SupportKey(t.Context(), "US-1")
	w.must(err)
	p := w.person()
	var seen []string
	if status, text := p.paste(key); status != 200 || strings.Contains(text, key[:40]) {
		t.Error(status, text)
	}
	res, err := p.Get(p.http.URL + "/downloads")
	w.must(err)
	res.Body.Close()
	secrets := []string{key, support}
	for _, c := range p.Jar.Cookies(res.Request.URL) {
		secrets = append(secrets, c.Value)
	}
	if len(secrets) != 3 {
		t.Fatalf("%d secrets", len(secrets))
	}
	p.download(base332, 0, -1)
	w.restart() // what is kept is on the disk
	err = filepath.WalkDir(w.config.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path, filepath.Join(w.config.Data, "packages")) {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			seen = append(seen, path+" "+info.Mode().String())
		}
		raw, err := os.ReadFile(path)
		for _, s := range secrets {
			if strings.Contains(string(raw), s) {
				t.Errorf("%s holds a secret", path)
			}
		}
		return err
	})
	w.must(err)
	if len(seen) > 0 {
		t.Errorf("others can read %q", seen)
	}
}
