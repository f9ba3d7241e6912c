// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/integration/chromium"
)

// build is where what is fetched and what is left for people lies.
const build = "../../build"

func axe(t *testing.T) string {
	t.Helper()
	script, err := chromium.Axe(t.Context(), filepath.Join(build, "cache"))
	if err != nil {
		t.Fatal(err)
	}
	return script
}

const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"

// faulty has one page without faults, and one for each fault that the checks
// below are there to find.
func faulty(t *testing.T) string {
	const head = `<!doctype html><html lang="en"><head><title>Page</title><meta name="viewport" content="width=device-width"></head><body><main><h1>Page</h1>`
	pages := map[string]string{
		"/good":     head + `<p>Text</p>`,
		"/inline":   head + `<script>document.title = "ran"</script>`,
		"/style":    head + `<p style="color: red">Text</p>`,
		"/missing":  head + `<img src="/gone.png" alt="gone">`,
		"/throws":   head + `<script src="/throw.js"></script>`,
		"/contrast": head + `<p class="pale">You cannot read this</p><link rel="stylesheet" href="/pale.css">`,
		"/label":    head + `<input name="nameless">`,
		"/form": head + `<form method="post" action="/sent"><label for="n">Name <span>optional</span></label><input id="n" name="n" value="old">
			<label for="on">On</label><input type="checkbox" id="on" name="on"><button>Send it</button></form>`,
		"/refused": head + `<img src="/gone.png" alt="gone"><link rel="stylesheet" href="/refused.css">`,
		"/wide":    head + `<pre>` + strings.Repeat("wide ", 40) + `</pre>`,
	}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", pagePolicy)
		switch body := pages[r.URL.Path]; {
		case r.URL.Path == "/throw.js":
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, `throw new Error("thrown on purpose")`)
		case r.URL.Path == "/pale.css":
			w.Header().Set("Content-Type", "text/css")
			fmt.Fprint(w, `.pale { color: #ccc } @media (prefers-color-scheme: dark) { .pale { color: #000 } }`)
		case strings.HasPrefix(r.URL.Path, "/refused"):
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, body)
		case r.URL.Path == "/sent":
			fmt.Fprintf(w, "%s<p>%s %s</p>", head, r.FormValue("n"), r.FormValue("on"))
		case r.URL.Path == "/favicon.ico":
			w.WriteHeader(http.StatusNoContent)
		case body != "":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, body)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestFaultsAreFound shows that each check finds the fault it is there for,
// and finds nothing on a page without any.
func TestFaultsAreFound(t *testing.T) {
	site, script, tab := faulty(t), axe(t), chromium.StartT(t).OpenT(t)
	ctx := t.Context()
	check := func(path string, scheme chromium.Scheme) string {
		if err := tab.Look(ctx, chromium.Telephone, scheme); err != nil {
			t.Fatal(err)
		}
		if _, err := tab.Goto(ctx, site+path); err != nil {
			t.Fatal(err)
		}
		findings, err := tab.Accessible(ctx, script)
		if err != nil {
			t.Fatal(err)
		}
		wide, err := tab.StickingOut(ctx)
		if err != nil {
			t.Fatal(err)
		}
		found := append(tab.Complaints(), wide...)
		for _, f := range findings {
			found = append(found, f.String())
		}
		return strings.Join(found, "\n")
	}
	for path, want := range map[string]string{
		"/inline":  "CSP: ",
		"/style":   "CSP: ",
		"/missing": "404",
		"/throws":  "thrown on purpose",
		"/label":   "label (critical)",
		"/wide":    "the page is ",
	} {
		if found := check(path, chromium.Light); !strings.Contains(found, want) {
			t.Errorf("%s: %q was not found, only:\n%s", path, want, found)
		}
	}
	if found := check("/good", chromium.Light); found != "" {
		t.Errorf("a good page has faults:\n%s", found)
	}
	if found := check("/contrast", chromium.Light); !strings.Contains(found, "color-contrast") {
		t.Errorf("pale text was not found, only:\n%s", found)
	}
	if found := check("/contrast", chromium.Dark); strings.Contains(found, "color-contrast") {
		t.Errorf("the dark scheme was not used:\n%s", found)
	}
}

// A page may be an error on purpose; what it shows may not be missing.
func TestOnlyThePageIsForgiven(t *testing.T) {
	site, tab := faulty(t), chromium.StartT(t).OpenT(t)
	if _, err := tab.Goto(t.Context(), site+"/refused"); err != nil {
		t.Fatal(err)
	}
	tab.Forgive(http.StatusNotFound)
	tab.Forgive(http.StatusUnprocessableEntity)
	left := strings.Join(tab.Complaints(), "\n")
	if strings.Contains(left, "/refused\n") || strings.HasSuffix(left, "/refused") {
		t.Errorf("the page is not forgiven:\n%s", left)
	}
	for _, part := range []string{"/gone.png", "/refused.css"} {
		if !strings.Contains(left, part) {
			t.Errorf("%s is forgiven, only this is left:\n%s", part, left)
		}
	}
}

func TestPicture(t *testing.T) {
	site, tab := faulty(t), chromium.StartT(t).OpenT(t)
	path := filepath.Join(t.TempDir(), "sub", "good.png")
	if _, err := tab.Goto(t.Context(), site+"/good"); err != nil {
		t.Fatal(err)
	}
	if err := tab.Picture(t.Context(), path, chromium.Telephone, chromium.Dark); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(b), "\x89PNG") {
		t.Errorf("the picture is %.8q, %v", b, err)
	}
}

func TestScriptsOff(t *testing.T) {
	site, tab := faulty(t), chromium.StartT(t).OpenT(t)
	if err := tab.Scripts(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := tab.Goto(t.Context(), site+"/throws"); err != nil {
		t.Fatal(err)
	}
	if c := tab.Complaints(); len(c) != 0 {
		t.Errorf("a script ran: %v", c)
	}
	if _, err := tab.Goto(t.Context(), site+"/form"); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		tab.Fill(t.Context(), "Name", "new"), tab.Tick(t.Context(), "On"), tab.Press(t.Context(), "Send it"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if ok, err := tab.Shows(t.Context(), "new on"); err != nil || !ok {
		t.Errorf("the form did not arrive: %v", err)
	}
}
