// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/web/appliance/appliancetest"

	"understudy/integration/vm"
)

// TestBareHandlerRendersTheSamePage finds out when the page has changed so far
// that the two are no longer comparable.
func TestBareHandlerRendersTheSamePage(t *testing.T) {
	handler, err := bareBasics(os.DirFS("../../../web/appliance"))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, pagePath, nil))
	bare, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d, %v: %s", w.Code, err, bare)
	}
	box := appliancetest.New(t, appliancetest.Options{Changed: true})
	ours := box.SignIn(t, "admin", appliancetest.Password).Get(pagePath)
	if a, b := len(ours.Body), len(bare); ours.Status != http.StatusOK || a-b > a/20 || b-a > a/20 {
		t.Errorf("ours has %d bytes (%d), the bare one %d", a, ours.Status, b)
	}
}

func TestParseTasks(t *testing.T) {
	const console = `[   31.1] Tasks state (memory values in pages):
[   31.2] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
[   31.3] [      1]     0     1   540738     5120   249856        0             0 init
[   31.5] [    187]     0   187   467152    10240   225280        0             0 based
`
	for name, want := range map[string]float64{"init": 20, "based": 40} {
		if got, err := parseTasks(console, name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := parseTasks(console, "bash"); err == nil {
		t.Error("a process that is not there has a size")
	}
}

func TestFigures(t *testing.T) {
	if got := median([]float64{9, 1, 5}); got != 5 {
		t.Errorf("median %v", got)
	}
	var all []time.Duration
	for i := range 100 {
		all = append(all, time.Duration(100-i)*time.Millisecond)
	}
	if a, b := percentile(all, 0.5), percentile(all, 0.99); a != 51 || b != 100 {
		t.Errorf("p50 %v, p99 %v", a, b)
	}
	r := report{Base: "3.3.2", Accel: "tcg", CPUs: 2, Rows: []row{
		row{What: "start", Unit: "s", Ours: 12, Bare: 10}.ratioAtMost(1.3),
		row{What: "size", Unit: "MB", Ours: 31.25}.atMost(30),
	}}
	table := r.table()
	for _, want := range []string{"Base 3.3.2, tcg, 2 CPUs\n", "12 s", "10 s", "1.20x", "≤ 1.3x", " met", "31.2 MB", "missed"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	r.Accel = "" // no machine was measured
	if got := r.headline(); got != "Base 3.3.2, 2 CPUs" {
		t.Errorf("without a machine: %q", got)
	}
}

// What is measured of an update on this host is measured.
func TestUpdatesOnThisHost(t *testing.T) {
	build, err := vm.BuildDir()
	if err != nil {
		t.Fatal(err)
	}
	b := &bencher{dir: filepath.Join(build, "bench-test"), runs: 1, report: &report{}}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(b.dir) })
	gap, freeze, err := b.switchOnce(t.Context(), 1000)
	if err != nil || gap <= 0 || freeze <= 0 {
		t.Errorf("a site that is updated: gap %v s, changes refused for %v s, %v", gap, freeze, err)
	}
	if err := b.verify(t.Context()); err != nil || b.report.Rows[0].Ratio <= 0 {
		t.Errorf("verification: %+v, %v", b.report.Rows, err)
	}
}
