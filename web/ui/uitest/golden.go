// SPDX-License-Identifier: Apache-2.0

package uitest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// hashes are the parts of asset names that change with their content.
var hashes = regexp.MustCompile(`(/(?:appliance|login)/assets/[a-z-]+(?:\.min)?\.)[a-z2-7]{16}\.`)

// Golden compares got with a file below testdata, or writes it with -update.
// Empty lines, and the hashes in the names of assets, do not count.
func Golden(t testing.TB, name string, got []byte) {
	t.Helper()
	got = hashes.ReplaceAll(got, []byte("${1}HASH."))
	var kept []string
	for line := range strings.Lines(string(got)) {
		if line = strings.TrimRight(line, " \n"); strings.TrimSpace(line) != "" {
			kept = append(kept, line)
		}
	}
	got = []byte(strings.Join(kept, "\n") + "\n")
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from what it was (-want +got; if it should, write it with -update):\n%s", path, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")))
	}
}
