// SPDX-License-Identifier: Apache-2.0

package uitest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
	compare(t, name, masked(got))
}

// GoldenTable is Golden for lines whose order says nothing: one that is sorted
// by names of assets would change with their hashes.
func GoldenTable(t testing.TB, name, got string) {
	t.Helper()
	lines := masked([]byte(got))
	slices.Sort(lines)
	compare(t, name, lines)
}

// masked are the lines that count.
func masked(got []byte) (kept []string) {
	for line := range strings.Lines(string(hashes.ReplaceAll(got, []byte("${1}HASH.")))) {
		if line = strings.TrimRight(line, " \n"); strings.TrimSpace(line) != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

func compare(t testing.TB, name string, lines []string) {
	t.Helper()
	got := []byte(strings.Join(lines, "\n") + "\n")
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
