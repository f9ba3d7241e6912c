// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"understudy/appliance/task"
)

// comesWith puts a file where the factory does.
func (b *box) comesWith(file []byte) {
	b.Factory = func(context.Context) (io.ReadCloser, error) {
		if file == nil {
			return nil, fs.ErrNotExist
		}
		return io.NopCloser(bytes.NewReader(file)), nil
	}
}

func TestTheSitePackageThatCameWithTheBox(t *testing.T) {
	b := newBox(t, "uefi")
	b.comesWith(nil)
	if _, begun, err := b.InstallFactorySite(t.Context()); begun || err != nil {
		t.Errorf("without one: %v, %v", begun, err)
	}
	b.comesWith(b.siteFile("12.1.4", "c1", "3.3.2"))
	open, tries := b.Factory, 0
	b.Factory = func(ctx context.Context) (io.ReadCloser, error) {
		if tries++; tries == 1 {
			return nil, unix.ENODEV // the driver of its file system comes later
		}
		return open(ctx)
	}
	x, begun, err := b.InstallFactorySite(t.Context())
	if err != nil || !begun {
		t.Fatal(begun, err)
	}
	if end := b.end(x.ID); end.State != task.Done {
		t.Fatalf("%+v", end)
	}
	if b.site.program != "program 12.1.4" {
		t.Errorf("the site is %q", b.site.program)
	}
	if signed, err := b.Agreements(t.Context(), 0, 10); err != nil || len(signed) != 1 || signed[0].By.Name != "factory" {
		t.Errorf("agreements %+v, %v", signed, err)
	}
	past, err := b.History(t.Context())
	if err != nil || len(past) != 1 || past[0].By != "factory" {
		t.Errorf("history %+v, %v", past, err)
	}
	if _, begun, err := b.InstallFactorySite(t.Context()); begun || err != nil {
		t.Errorf("a second time: %v, %v", begun, err)
	}
	// Nobody has to wait for clients that never knew another site.
	r, err := b.bring(b.siteFile("12.2.0", "c1", "3.3.2"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.installID(ada, r.ID, Choice{Accepted: true}); err != nil {
		t.Errorf("another one right after it: %v", err)
	}
}

// What the power has cut off is done at the next start; what does not work is
// not tried for ever.
func TestAFactoryInstallThatDidNotEnd(t *testing.T) {
	b := newBox(t, "uefi")
	b.comesWith(b.siteFile("12.1.4", "c1", "3.3.2"))
	if _, err := b.journal.beginOther(t.Context(), Past{Kind: "site", Name: "Bomgar-12.1.4", To: "12.1.4"}, 1, factory); err != nil {
		t.Fatal(err)
	}
	b.reboot()
	b.comesWith(b.siteFile("12.1.4", "c1", "3.3.2"))
	b.site.fails = io.ErrShortWrite
	x, begun, err := b.InstallFactorySite(t.Context())
	if err != nil || !begun {
		t.Fatalf("after a power cut: %v, %v", begun, err)
	}
	if end := b.end(x.ID); end.State != task.Failed {
		t.Errorf("%+v", end)
	}
	if _, begun, err := b.InstallFactorySite(t.Context()); begun || err != nil {
		t.Errorf("after it has failed: %v, %v", begun, err)
	}
}

func TestABadFileFromTheFactory(t *testing.T) {
	b := newBox(t, "uefi")
	file := b.siteFile("12.1.4", "c1", "3.3.2")
	file[len(file)-1] ^= 1
	b.comesWith(file)
	if _, begun, err := b.InstallFactorySite(t.Context()); begun || err == nil || !strings.Contains(err.Error(), "check: hash") {
		t.Errorf("a damaged one: %v, %v", begun, err)
	}
	b.comesWith(b.file(newBase))
	if _, begun, err := b.InstallFactorySite(t.Context()); begun || err == nil || !strings.Contains(err.Error(), "no site package") {
		t.Errorf("one of another kind: %v, %v", begun, err)
	}
	if left := b.left(); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}
