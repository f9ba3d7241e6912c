// SPDX-License-Identifier: Apache-2.0

package person

import (
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const formPage = `<!doctype html><title>t</title><h1>Users  ::
 Add</h1><script>hidden()</script>
<dl><div><dt>Model</dt><dd>Virtual <b>S</b></dd></div></dl>
<div role="alert">Nothing was <b>changed</b>.</div>
<table><thead><tr><th>Name</th></tr></thead><tbody><tr><td>carol</td><td>Yes</td></tr></tbody></table>
<a href="/elsewhere">Go  on</a>
<form method="post" action="/save"><input type="hidden" name="rev" value="7">
<label for="n">Name <span class="optional">optional</span></label><input id="n" name="name" value="old">
<label for="w">Why</label><textarea id="w" name="why">
first line</textarea>
<label for="r">Role</label><select id="r" name="role"><option value="administrator">Administrator</option><option selected>Read-only</option></select>
<label><input type="checkbox" name="on" checked> Enabled</label>
<label><input type="checkbox" name="gone" value="yes"> Disabled</label>
<label><input type="radio" name="way" value="dhcp" checked> By DHCP</label>
<label><input type="radio" name="way" value="static"> By hand</label>
<input name="never" value="x" disabled>
<button name="act" value="save">Save Changes</button><button formaction="/other" name="act" value="other">Other</button>
</form>
<form action="/find"><input aria-label="Search" name="q"><button>Find</button></form>
<form method="post" action="/late"><button type="button">Not me</button></form><label for="far">Far</label><input id="far" name="far" form="f2" value="1"><form id="f2" method="post" action="/far"></form><button form="f2">Send far</button>`

// site answers every form with what it was sent.
func site(t *testing.T) string {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, formPage) })
	mux.HandleFunc("GET /elsewhere", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "__Host-a", Value: "1", Path: "/", Secure: true})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		_, err := r.Cookie("__Host-a")
		fmt.Fprintf(w, "<pre>%s %s %s cookie=%t</pre>", r.Method, r.URL.Path, template.HTMLEscapeString(r.Form.Encode()), err == nil)
	})
	s := httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestPersonReads(t *testing.T) {
	p := New(t, site(t), "")
	p.Open("/")
	p.Arrive("/")
	p.See("Users :: Add", "Nothing was changed.")
	if got := p.Page.Title(); got != "Users :: Add" {
		t.Errorf("title %q", got)
	}
	if got := p.Fact("Model"); got != "Virtual S" {
		t.Errorf("fact %q", got)
	}
	if p.Page.Shows("hidden()") {
		t.Error("a script was read out")
	}
	if got := p.Page.Alerts(); len(got) != 1 || got[0] != "Nothing was changed." {
		t.Errorf("alerts %q", got)
	}
	if row, ok := p.Page.Row("carol"); !ok || strings.Join(row, "|") != "carol|Yes" {
		t.Errorf("row %q", row)
	}
	if _, ok := p.Page.Row("Name"); ok {
		t.Error("a heading was taken for a row")
	}
	if _, err := p.Page.Link("Go off"); err == nil || !strings.Contains(err.Error(), "Go on") {
		t.Errorf("a missing link gives %v", err)
	}
	if _, err := p.fields.control("Nothing", 0); err == nil || !strings.Contains(err.Error(), "Why") {
		t.Errorf("a missing field gives %v", err)
	}
}

func TestPersonSends(t *testing.T) {
	p := New(t, site(t), "")
	for _, c := range []struct {
		name string
		act  func()
		want string
	}{
		{"untouched", func() { p.Press("Save Changes") },
			"POST /save act=save&name=old&on=on&rev=7&role=Read-only&way=dhcp&why=first+line cookie=false"},
		{"filled in", func() {
			p.Follow("Go on")
			p.Fill("Name", "ann & bob")
			p.Fill("Why", "")
			p.Fill("Role", "Administrator")
			p.Tick("Enabled", false)
			p.Tick("Disabled", true)
			p.Tick("By hand", true)
			p.Press("Save Changes")
		}, "POST /save act=save&gone=yes&name=ann+%26+bob&rev=7&role=administrator&way=static&why= cookie=true"},
		{"elsewhere", func() { p.Press("Other") },
			"POST /other act=other&name=old&on=on&rev=7&role=Read-only&way=dhcp&why=first+line cookie=true"},
		{"get", func() { p.Fill("Search", "x y"); p.Press("Find") }, "GET /find q=x+y cookie=true"},
		{"beside a field", func() { p.PressBeside("Role", "Save Changes") },
			"POST /save act=save&name=old&on=on&rev=7&role=Read-only&way=dhcp&why=first+line cookie=true"},
		{"by form attribute", func() { p.Press("Send far") }, "POST /far far=1 cookie=true"},
	} {
		p.Open("/")
		c.act()
		if got := p.Page.Text(); got != c.want {
			t.Errorf("%s: sent %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAwait(t *testing.T) {
	n := 0
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n++; n < 3 {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprintf(w, "visit %d", n)
	}))
	defer s.Close()
	p := New(t, s.URL, "")
	p.Await("/", "the page", time.Minute, func(p *Page) bool { return p.Shows("visit") })
	if n < 3 {
		t.Errorf("%d visits", n)
	}
}
