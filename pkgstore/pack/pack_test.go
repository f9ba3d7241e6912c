// SPDX-License-Identifier: Apache-2.0

package pack

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var built = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func baseSummary() Summary {
	return Summary{
		Format: Format, Product: Product, Architecture: Architecture, Release: Release{Kind: Base, Version: "3.3.2", Tree: 1},
		Name: "Base Software 3.3.2", Build: "3.3.2-1", Requires: []Requirement{{Kind: Base, Min: "3.2.4", Package: "Base Software 3.2.4"}},
		Restart: true, Minutes: 15, Built: built, Notes: "Adds the download key <of the box> & more.\n",
	}
}

func siteSummary() Summary {
	return Summary{
		Format: Format, Product: Product, Architecture: Architecture, Release: Release{Kind: Site, Version: "12.2.0", Tree: 7},
		Name: "Bomgar-12.2.0", Build: "12.2.0-7", Requires: []Requirement{{Kind: Base, Min: "3.3.2", Max: "5.1.0", Package: "Base Software 3.3.2"}},
		Customer: &Customer{ID: "c1", Hostname: "support.example.com", Licenses: 15}, Clients: true, Minutes: 20, Built: built,
	}
}

func licenseSummary() Summary {
	return Summary{
		Format: Format, Product: Product, Architecture: Architecture, Release: Release{Kind: License, Version: "2026.11.1"},
		Name: "License Add-on 2026.11.1", Build: "1", Minutes: 1, Built: built,
		Customer: &Customer{ID: "c1", Hostname: "support.example.com", Licenses: 25, Expires: built.AddDate(1, 0, 0)},
	}
}

func siteFiles() map[Role]Source {
	return map[Role]Source{
		Program: Bytes(bytes.Repeat([]byte("a program that says the same thing again and again\n"), 100)),
		EULA:    Bytes([]byte("You may.\n")),
		Roots:   Bytes([]byte("-----BEGIN CERTIFICATE-----\n")),
	}
}

func write(t testing.TB, s Summary, files map[Role]Source) []byte {
	t.Helper()
	var b bytes.Buffer
	n, hash, err := Write(&b, s, files)
	if err != nil {
		t.Fatal(err)
	}
	if n != int64(b.Len()) || hash != sum(b.Bytes()) {
		t.Fatalf("Write says %d bytes, %x; wrote %d, %x", n, hash, b.Len(), sum(b.Bytes()))
	}
	return b.Bytes()
}

func open(b []byte) (*Package, error) { return Open(bytes.NewReader(b), int64(len(b))) }

func TestWhatIsPackedComesOut(t *testing.T) {
	for _, c := range []struct {
		summary Summary
		files   map[Role]Source
	}{
		{baseSummary(), map[Role]Source{UKI: Bytes([]byte("MZ a boot image"))}},
		{siteSummary(), siteFiles()},
		{siteSummary(), map[Role]Source{Program: Bytes([]byte("short")), EULA: Bytes([]byte("You may.\n"))}},
		{licenseSummary(), nil},
	} {
		b := write(t, c.summary, c.files)
		if again := write(t, c.summary, c.files); !bytes.Equal(b, again) {
			t.Error("packing twice gives two packages")
		}
		p, err := open(b)
		if err != nil {
			t.Fatal(err)
		}
		if !p.Summary().Equal(c.summary) {
			t.Errorf("summary %+v\nwant %+v", p.Summary(), c.summary)
		}
		for role, f := range c.files {
			r, _ := f.Open()
			want, _ := io.ReadAll(r)
			var got bytes.Buffer
			if err := p.Copy(t.Context(), role, &got); err != nil || !bytes.Equal(got.Bytes(), want) || p.Size(role) != f.Size {
				t.Errorf("%s: %q, size %d, %v", role, got.Bytes(), p.Size(role), err)
			}
		}
		if err := p.Copy(t.Context(), "../../etc/passwd", io.Discard); !malformedErr(err) {
			t.Errorf("a role that is not there: %v", err)
		}
	}
	p, _ := open(write(t, siteSummary(), siteFiles()))
	if roles := p.Roles(); !slices.Equal(roles, []Role{EULA, Roots, Program}) {
		t.Errorf("roles %v", roles)
	}
	if text, err := p.EULA(t.Context()); text != "You may.\n" || err != nil {
		t.Errorf("EULA %q, %v", text, err)
	}
}

func malformedErr(err error) bool {
	var f *FormatError
	return errors.As(err, &f)
}

func TestWriteRefuses(t *testing.T) {
	uki := map[Role]Source{UKI: Bytes([]byte("MZ"))}
	for name, c := range map[string]struct {
		summary Summary
		files   map[Role]Source
		want    string
	}{
		"no files":         {baseSummary(), nil, "lacks its uki"},
		"a role too many":  {licenseSummary(), uki, "takes only 0 of the 1"},
		"an unknown role":  {baseSummary(), map[Role]Source{UKI: uki[UKI], "x": uki[UKI]}, "takes only 1 of the 2"},
		"an empty file":    {baseSummary(), map[Role]Source{UKI: Bytes(nil)}, "must be between 1 and"},
		"a large file":     {baseSummary(), map[Role]Source{UKI: {Size: MaxFile + 1}}, "more than the"},
		"a wrong size":     {baseSummary(), map[Role]Source{UKI: {Size: 3, Open: uki[UKI].Open}}, "has not the 3 bytes"},
		"a wrong summary":  {Summary{}, nil, "format 0"},
		"a large manifest": {withNotes(strings.Repeat("\"", MaxNotes)), uki, ""},
	} {
		var b bytes.Buffer
		_, _, err := Write(&b, c.summary, c.files)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || b.Len() > 0) {
			t.Errorf("%s: %v after %d bytes, want %q", name, err, b.Len(), c.want)
		}
	}
}

func withNotes(notes string) Summary {
	s := baseSummary()
	s.Notes = notes
	return s
}

// What is larger than the window of the compressor comes out too.
func TestLargeFiles(t *testing.T) {
	program := make([]byte, maxWindow+maxWindow/2)
	for i := range program {
		program[i] = byte(i >> (i % 7))
	}
	files := siteFiles()
	files[Program] = Bytes(program)
	b := write(t, siteSummary(), files)
	if len(b) > len(program)/2 {
		t.Errorf("%d bytes were packed as %d", len(program), len(b))
	}
	p, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Copy(t.Context(), Program, io.Discard); err != nil {
		t.Error(err)
	}
}

// Errors of disks and contexts are not mistaken for a bad package.
func TestCopyTellsWhoFailed(t *testing.T) {
	broken := errors.New("broken")
	b := write(t, siteSummary(), siteFiles())
	p, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Copy(ended, Program, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
	if err := p.Copy(t.Context(), Program, failing{broken}); !errors.Is(err, broken) || malformedErr(err) {
		t.Errorf("failing writer: %v", err)
	}
	p.r = failing{broken}
	if err := p.Copy(t.Context(), Program, io.Discard); !errors.Is(err, broken) || malformedErr(err) {
		t.Errorf("failing reader: %v", err)
	}
	if _, err := Open(failing{broken}, 1000); !errors.Is(err, broken) || malformedErr(err) {
		t.Errorf("failing reader at the start: %v", err)
	}
	changing := true
	f := Source{Size: 1, Open: func() (io.ReadCloser, error) {
		changing = !changing
		return io.NopCloser(strings.NewReader(map[bool]string{true: "a", false: "b"}[changing])), nil
	}}
	if _, _, err := Write(io.Discard, baseSummary(), map[Role]Source{UKI: f}); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("a file that changes: %v", err)
	}
	f.Open = func() (io.ReadCloser, error) { return io.NopCloser(iotest.ErrReader(broken)), nil }
	if _, _, err := Write(io.Discard, baseSummary(), map[Role]Source{UKI: f}); !errors.Is(err, broken) {
		t.Errorf("a file that cannot be read: %v", err)
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error)         { return 0, f.error }
func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.error }

// A bomb: some hundred KiB of zstd that would become 10 GiB of zeros. It must
// end at its declared size, and take no memory to speak of.
func TestBombEndsEarly(t *testing.T) {
	const declared = 1 << 20
	bomb := zeros(10 << 30)
	s := siteSummary()
	b := raw(t, s, []entry{
		{Role: EULA, Size: 1, SHA256: hexSum([]byte("x")), Encoding: plain, Stored: 1},
		{Role: Program, Size: declared, SHA256: hexSum(make([]byte, declared)), Encoding: zstandard, Stored: int64(len(bomb))},
	}, append([]byte("x"), bomb...))
	p, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	out := &counter{w: io.Discard}
	runtime.ReadMemStats(&before)
	err = p.Copy(t.Context(), Program, out)
	runtime.ReadMemStats(&after)
	if !malformedErr(err) || !strings.Contains(err.Error(), "goes on") || out.n != declared {
		t.Errorf("%d bytes, %v", out.n, err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 4*maxWindow {
		t.Errorf("%d bytes of memory", took)
	}
}

// zeros is a zstd frame of n zero bytes, a multiple of 128 KiB: four bytes for
// each block (RFC 8878, section 3.1.1).
func zeros(n int64) []byte {
	const block = 128 << 10
	out := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 13 << 3} // magic; no checksum, no content size; window 8 MiB
	for ; n > 0; n -= block {
		head := uint32(block<<3 | 1<<1) // RLE
		if n == block {
			head |= 1 // last
		}
		out = append(binary.LittleEndian.AppendUint32(out, head)[:len(out)+3], 0)
	}
	return out
}

func TestCompareVersions(t *testing.T) {
	sorted := []string{"", "03", "1..2", "1.2.3.4.5", "x", "0", "3", "3.2", "3.2.4", "3.3", "3.3.0.1", "3.9", "3.10", "12.2.0", "12.10", "99999.1"}
	for i, a := range sorted {
		for j, b := range sorted {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := CompareVersions(a, b); got != want {
				t.Errorf("%q and %q: %d", a, b, got)
			}
		}
	}
	if CompareVersions("3.3", "3.3.0") != 0 || CompareVersions("3", "3.0.0.0") != 0 {
		t.Error("3.3 is not 3.3.0")
	}
	if (Release{Version: "3.3", Tree: 2}).Compare(Release{Version: "3.3.0", Tree: 1}) != 1 {
		t.Error("a newer tree of the same version is not newer")
	}
}

func TestVectorsOnDisk(t *testing.T) {
	for _, v := range vectors(t) {
		b, err := os.ReadFile("testdata/" + v.file)
		if err != nil {
			t.Fatal(err)
		}
		err = readAll(b)
		if v.problem == "" && err != nil || v.problem != "" && (!malformedErr(err) || !strings.Contains(err.Error(), v.problem)) {
			t.Errorf("%s: %v, want %q", v.file, err, v.problem)
		}
	}
}

// readAll opens a package and copies all that is in it.
func readAll(b []byte) error {
	p, err := open(b)
	if err != nil {
		return err
	}
	for _, role := range p.Roles() {
		if err := p.Copy(context.Background(), role, io.Discard); err != nil {
			return err
		}
	}
	_, err = p.EULA(context.Background())
	return err
}
