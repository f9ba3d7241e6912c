// SPDX-License-Identifier: Apache-2.0

package box

import (
	"path/filepath"
	"strings"
	"testing"

	"understudy/appliance/layout"
	"understudy/bootimg"
	"understudy/integration/updateserver"
	"understudy/integration/vm"
)

// UpdateServer is the update server as a process of its own. It has one
// customer, c1, whose site is support.example.com.
type UpdateServer struct{ *updateserver.Server }

// StartUpdateServer builds and starts it, with what it offers: releases of the
// Base software and of the site, by their versions. The test ends it.
func StartUpdateServer(t testing.TB, bases, sites []string) *UpdateServer {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	server, err := updateserver.New(t.Context(), filepath.Join(t.TempDir(), "data"))
	must(err)
	s := &UpdateServer{server}
	s.Run(t, "customer", "add", "c1", "--hostname", "support.example.com", "--licenses", "25")
	for _, version := range bases {
		must(s.ShelveBase(t.Context(), version, t.Logf))
	}
	must(s.ShelveSites(t.Context(), sites, t.Logf))
	must(s.Start(t.Context(), 0))
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("the update server said:\n%s", s.Said())
		}
	})
	return s
}

// Run runs a command of the update server and gives what it printed.
func (s *UpdateServer) Run(t testing.TB, args ...string) string {
	t.Helper()
	out, err := s.Server.Run(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// ImageWithSite is the image of a Base software that comes with a site package
// of the customer's.
func (s *UpdateServer) ImageWithSite(t testing.TB, base, site string) bootimg.Artifacts {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "site.usupd")
	s.Run(t, "factory", "c1", site, "--out", file)
	image, err := vm.BuildImageWithSite(t.Context(), base, file, dir)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// Seed is a seed for boxes that trust this server.
func (s *UpdateServer) Seed(t testing.TB) layout.SeedUpdate {
	t.Helper()
	return layout.SeedUpdate{Server: updateserver.Host + ":" + s.Port, TrustRoot: strings.TrimSpace(s.Run(t, "root"))}
}
