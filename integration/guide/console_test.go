// SPDX-License-Identifier: Apache-2.0

package guide

import (
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/appliance/client/applianceapi"
	"understudy/integration/box"
)

// console reads the serial console and looks at the screen as somebody does who
// has just switched the machine on.
func console(t *testing.T, b *box.Box) {
	t.Helper()
	presented, _, err := applianceapi.Presented(b.Within(t, 10*time.Second), b.Pages(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"product: understudy " + box.Base, "address: 10.0.2.15/24", "health: ", applianceapi.Colons(presented)} {
		b.Until(t, "the serial console shows "+line, func() bool { return strings.Contains(b.Console.Text(), line) })
	}
	picture := filepath.Join("../../build/screenshots", "console.png")
	if err := os.MkdirAll(filepath.Dir(picture), 0o755); err != nil {
		t.Fatal(err)
	}
	b.Until(t, "the screen shows the appliance's own console", func() bool {
		if err := b.Screenshot(b.Within(t, 10*time.Second), picture); err != nil {
			t.Fatal(err)
		}
		// Its title is dark on light from side to side, as nothing is that is
		// written there before.
		return litRows(t, picture, 0) > 100 && litRows(t, picture, 0.6) >= 12
	})
}

// shownFingerprint is that of the box's certificate as its console shows it,
// which may be a while after the pages answer.
func shownFingerprint(t *testing.T, b *box.Box) (shown string) {
	t.Helper()
	b.Until(t, "the console shows the fingerprint of the certificate", func() bool {
		shown = fingerprint.FindString(b.Console.Text())
		return shown != ""
	})
	return shown
}

// litRows counts the rows of a picture in which more than a share of the pixels
// is not black.
func litRows(t *testing.T, path string, share float64) (n int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	screen, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	for y := screen.Bounds().Min.Y; y < screen.Bounds().Max.Y; y++ {
		lit := 0
		for x := screen.Bounds().Min.X; x < screen.Bounds().Max.X; x++ {
			if r, g, b, _ := screen.At(x, y).RGBA(); r+g+b > 0 {
				lit++
			}
		}
		if float64(lit) > share*float64(screen.Bounds().Dx()) {
			n++
		}
	}
	return n
}
