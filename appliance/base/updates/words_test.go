// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"errors"
	"strings"
	"testing"
	"time"

	"understudy/pkgstore/pack"
	"understudy/pkgstore/trust"
)

// What a refused file is told is for whoever sent it: nothing stands before it,
// and no bytes of the file are in it.
func TestWhatARefusedFileIsTold(t *testing.T) {
	b := newBox(t, "uefi")
	changed := b.file(newBase)
	changed[len(changed)-10_000] ^= 1
	var untrusted *trust.Error
	for name, c := range map[string]struct {
		file   []byte
		begins string
	}{
		"another package": {changed, "The package Base Software 4.2.1 has the wrong content"},
		"a letter":        {[]byte("hello I am no update"), "This is no update file"},
		"nothing":         {nil, "This is no update file"},
	} {
		_, err := b.bring(c.file)
		if !errors.As(err, &untrusted) || !strings.HasPrefix(err.Error(), c.begins) || strings.Contains(err.Error(), "USOFF") || strings.Contains(err.Error(), "hello") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A package that is brought too early is refused with the guide's sentence, and
// with what is missing.
func TestWhatIsMissingIsTold(t *testing.T) {
	b := newBox(t, "uefi")
	b.site.installed = &pack.Summary{Release: pack.Release{Kind: pack.Site, Version: "12.2.0", Tree: 1}, Customer: &pack.Customer{ID: "c1"}}
	_, err := b.bring(b.siteFile("14.2.1", "c1", "4.2.1"))
	for _, want := range []string{`Please install any other available package by clicking "Install this Update". Bomgar-14.2.1 requires `, "4.2.1 or newer; 3.3.2 is installed."} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		59 * time.Second: "just now", time.Minute: "1 minute ago", 8*time.Minute + 40*time.Second: "8 minutes ago",
		time.Hour: "1 hour ago", 23*time.Hour + 59*time.Minute: "23 hours ago",
	} {
		if got := ago(d); got != want {
			t.Errorf("%v: %s, not %s", d, got, want)
		}
	}
}
