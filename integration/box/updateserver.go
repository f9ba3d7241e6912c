// SPDX-License-Identifier: Apache-2.0

package box

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"understudy/appliance/layout"
	"understudy/bootimg"
	"understudy/integration/vm"
	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
)

// UpdateServer is the update server as a process of its own. It has one
// customer, c1, whose site is support.example.com.
type UpdateServer struct {
	URL string

	program, data string
}

// StartUpdateServer builds and starts it, with what it offers: releases of the
// Base software and of the site, by their versions. The test ends it.
func StartUpdateServer(t testing.TB, bases, sites []string) *UpdateServer {
	t.Helper()
	dir := t.TempDir()
	s := &UpdateServer{program: filepath.Join(dir, "updateserver"), data: filepath.Join(dir, "data")}
	if out, err := exec.Command("go", "build", "-o", s.program, "understudy/pkgstore/cmd/updateserver").CombinedOutput(); err != nil {
		t.Fatalf("build updateserver: %v\n%s", err, out)
	}
	s.Run(t, "customer", "add", "c1", "--hostname", "support.example.com", "--licenses", "25")
	for _, version := range bases {
		s.shelveBase(t, version)
	}
	for _, version := range sites {
		s.shelveSite(t, version)
	}
	s.serve(t)
	return s
}

// Run runs a command of the update server and gives what it printed.
func (s *UpdateServer) Run(t testing.TB, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(s.program, append([]string{"--data", s.data}, args...)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("updateserver %q: %v\n%s", args, err, stderr.String())
	}
	return string(out)
}

// Seed is a seed for boxes that trust this server.
func (s *UpdateServer) Seed(t testing.TB) layout.SeedUpdate {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return layout.SeedUpdate{Server: "10.0.2.2:" + u.Port(), TrustRoot: s.Run(t, "root")}
}

func (s *UpdateServer) shelveBase(t testing.TB, version string) {
	t.Helper()
	entry, ok := catalogue.Find(pack.Base, version)
	if !ok {
		t.Fatalf("the catalogue has no Base %s", version)
	}
	image := Image(t, version)
	manifest, err := bootimg.ReadManifest(image.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	uki, err := pack.File(image.UKI)
	if err != nil {
		t.Fatal(err)
	}
	r := manifest.Release
	path := s.shelf(t, "base-"+version+".pkg")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, _, err := entry.Write(f, entry.For(catalogue.Build{Tree: r.Tree, ID: r.Build, Time: r.Built}, nil), uki, nil); err != nil {
		t.Fatal(err)
	}
}

func (s *UpdateServer) shelveSite(t testing.TB, version string) {
	t.Helper()
	build, err := vm.BuildDir()
	if err != nil {
		t.Fatal(err)
	}
	program, err := bootimg.CompileSite(t.Context(), filepath.Join(build, "cache"), t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.shelf(t, "site", version, "sited"), content, 0o755); err != nil {
		t.Fatal(err)
	}
}

// shelf is where something that is offered lies.
func (s *UpdateServer) shelf(t testing.TB, names ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{s.data, "packages"}, names...)...)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

var serverURL = regexp.MustCompile(`https://127\.0\.0\.1:\d+`)

// serve starts the server and waits until it says where it is.
func (s *UpdateServer) serve(t testing.TB) {
	t.Helper()
	cmd := exec.Command(s.program, "--data", s.data, "serve", "--listen", "127.0.0.1:0", "--names", "10.0.2.2,127.0.0.1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the update server said:\n%s", stderr.String())
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if s.URL = serverURL.FindString(line); s.URL == "" {
		t.Fatalf("the update server says %q, %v", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
}

// Save fetches a page's link with the page's cookies and saves it in a file.
func Save(t testing.TB, client *http.Client, from, path string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(f, res.Body); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %s, %v", from, res.Status, err)
	}
}
