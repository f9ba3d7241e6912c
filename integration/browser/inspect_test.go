// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"understudy/integration/chromium"
	"understudy/web/ui/gallery"
)

// screenshots is where the picture of each page goes, for people to look at.
const screenshots = build + "/screenshots"

// everyLook is set where time does not matter: each page is then pictured at
// both widths in both schemes.
var everyLook = os.Getenv("UNDERSTUDY_LONG") != "" || os.Getenv("UNDERSTUDY_URL") != ""

// inspect holds the page that the tab shows against what is promised of all
// pages, and takes its pictures: in light on the desk's width and in dark on the
// telephone's. What depends on colours is seen in both, and what depends on room
// too.
func inspect(t *testing.T, tab *chromium.Tab, script, name string) {
	t.Helper()
	ctx := t.Context()
	for _, look := range []struct {
		width  int
		scheme chromium.Scheme
		check  bool
	}{{chromium.Desk, chromium.Light, true}, {chromium.Desk, chromium.Dark, false}, {chromium.Telephone, chromium.Light, false}, {chromium.Telephone, chromium.Dark, true}} {
		if !look.check && !everyLook {
			continue
		}
		if err := tab.Look(ctx, look.width, look.scheme); err != nil {
			t.Fatal(err)
		}
		if look.check {
			findings, err := tab.Accessible(ctx, script)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range findings {
				t.Errorf("%s, %d wide in %s: %s", name, look.width, look.scheme, f)
			}
			wide, err := tab.StickingOut(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range wide {
				t.Errorf("%s, %d wide: sticks out: %s", name, look.width, w)
			}
		}
		path := filepath.Join(screenshots, name+"-"+strconv.Itoa(look.width)+"-"+string(look.scheme)+".png")
		if err := tab.Picture(ctx, path, look.width, look.scheme); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range tab.Complaints() {
		t.Errorf("%s: %s", name, c)
	}
}

// TestGallery inspects every component in each of its states.
func TestGallery(t *testing.T) {
	h, err := gallery.Handler()
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewTLSServer(h)
	defer s.Close()
	tab := chromium.StartT(t).OpenT(t)
	if err := tab.Look(t.Context(), chromium.Desk, chromium.Light); err != nil {
		t.Fatal(err)
	}
	if _, err := tab.Goto(t.Context(), s.URL+"/"); err != nil {
		t.Fatal(err)
	}
	inspect(t, tab, axe(t), "gallery")
}
