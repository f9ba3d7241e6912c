// SPDX-License-Identifier: Apache-2.0

package box

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"understudy/appliance/base/updates/updatestest"
	"understudy/bootimg"
	"understudy/integration/vm"
)

// Fault is a way in which a Base software does not work.
type Fault string

// The faults. All but the last are programs below integration/cmd/badbase.
const (
	Panics  Fault = "panics"  // ends at once, and the kernel panics
	Hangs   Fault = "hangs"   // does nothing, before a watchdog was opened
	Freezes Fault = "freezes" // boots, then nobody feeds the watchdog
	Dies    Fault = "dies"    // boots, and based dies again and again
	Unfit   Fault = "unfit"   // based as it is, except that it never finds itself fit
)

// BadBaseFile is an update file of the vendor's that brings a Base software
// with a fault: an image as every other, with another program in based's place.
func BadBaseFile(t testing.TB, vendor *updatestest.Vendor, version string, fault Fault) (path string) {
	t.Helper()
	build, err := vm.BuildDir()
	if err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(build, "cache")
	release, err := bootimg.ReleaseFor(t.Context(), version)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), string(fault)) // two firmwares may want the same at once
	if fault == Unfit {
		buildUnfit(t, filepath.Dir(build), program)
	} else {
		buildProgram(t, "CGO_ENABLED=0", "-ldflags=-s -w", "-o", program, "understudy/integration/cmd/badbase/"+string(fault))
	}
	image, err := bootimg.Build(t.Context(), bootimg.Options{CacheDir: cache, OutDir: t.TempDir(), Release: release, BasedPath: program})
	if err != nil {
		t.Fatal(err)
	}
	return baseFile(t, vendor, image)
}

// What is changed in based so that it never finds itself fit: it looks for its
// own pages where nobody listens.
const (
	fitSource = "appliance/cmd/based/alive.go"
	fitAsks   = "https://127.0.0.1/healthz"
	unfitAsks = "https://127.0.0.1:444/healthz"
)

// buildUnfit compiles based, statically as bootimg.Compile does, with the
// change: the tree is left alone.
func buildUnfit(t testing.TB, root, program string) {
	t.Helper()
	original := filepath.Join(root, fitSource)
	source, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(source, []byte(fitAsks)); n != 1 {
		t.Fatalf("%s has %q %d times, want once: nothing would be wrong with the program", fitSource, fitAsks, n)
	}
	dir := t.TempDir()
	changed, overlay := filepath.Join(dir, "alive.go"), filepath.Join(dir, "overlay.json")
	list, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string][]byte{changed: bytes.Replace(source, []byte(fitAsks), []byte(unfitAsks), 1), overlay: list} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	buildProgram(t, "CGO_ENABLED=1", "-overlay="+overlay, "-ldflags=-s -w -linkmode external -extldflags -static", "-o", program, "understudy/appliance/cmd/based")
}

// buildProgram compiles with the flags of the Makefile; what is up to date is
// not compiled again.
func buildProgram(t testing.TB, cgo string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"build"}, args...)...)
	cmd.Env = append(cmd.Environ(), cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %q: %v\n%s", args, err, out)
	}
}
