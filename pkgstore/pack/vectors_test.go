// SPDX-License-Identifier: Apache-2.0

package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

var update = flag.Bool("update", false, "write the test vectors: only for a new format")

// vector is a package under testdata. What reads it today must read it in
// years, and what is wrong with it must be found.
type vector struct {
	file    string
	problem string // in the error's sentence; "" for a good package
	bytes   func() []byte
}

// vectors lists the files, and with -update writes them.
func vectors(t testing.TB) []vector {
	uki := []byte("MZ a boot image")
	base := write(t, baseSummary(), map[Role]Source{UKI: Bytes(uki)})
	license := write(t, licenseSummary(), nil)
	site := write(t, siteSummary(), siteFiles())
	program, _ := siteFiles()[Program].Open()
	var plainProgram bytes.Buffer
	_, _ = plainProgram.ReadFrom(program)
	image := entry{Role: UKI, Size: int64(len(uki)), SHA256: hexSum(uki), Encoding: plain, Stored: int64(len(uki))}
	agreement := entry{Role: EULA, Size: 1, SHA256: hexSum([]byte("x")), Encoding: plain, Stored: 1}
	files := func(tail []byte, e ...entry) func() []byte {
		return func() []byte { return raw(t, summaryFor(e), e, tail) }
	}
	edit := func(b []byte, old, new string) func() []byte {
		return func() []byte { return reframe(bytes.Replace(manifestOf(b), []byte(old), []byte(new), 1), tailOf(b)) }
	}
	packed := func(b []byte, size int) (entry, []byte) {
		z, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		stored := z.EncodeAll(b, nil)
		return entry{Role: Program, Size: int64(size), SHA256: hexSum(b), Encoding: zstandard, Stored: int64(len(stored))}, append([]byte("x"), stored...)
	}
	whole, wholeTail := packed(plainProgram.Bytes(), plainProgram.Len())
	short, _ := packed(plainProgram.Bytes(), plainProgram.Len()-1)
	long, _ := packed(plainProgram.Bytes(), plainProgram.Len()+1)
	with := func(e entry, change func(*entry)) entry { change(&e); return e }

	list := []vector{
		{"base.pkg", "", func() []byte { return base }},
		{"site.pkg", "", func() []byte { return site }},
		{"site-plain.pkg", "", files(append([]byte("x"), plainProgram.Bytes()...), agreement,
			with(whole, func(e *entry) { e.Encoding, e.Stored = plain, e.Size }))},
		{"license.pkg", "", func() []byte { return license }},

		{"bad-empty.pkg", "too few", func() []byte { return nil }},
		{"bad-magic.pkg", "not a package", func() []byte { return bytes.Replace(base, []byte("\r\n"), []byte("\n\n"), 1) }},
		{"bad-length.pkg", "does not fit", func() []byte { return binary.BigEndian.AppendUint32([]byte(magic), 1<<31) }},
		{"bad-manifest-long.pkg", "does not fit", func() []byte { return reframe(make([]byte, MaxManifest+1), nil) }},
		{"bad-cut.pkg", "end at byte", func() []byte { return base[:len(base)-1] }},
		{"bad-padded.pkg", "end at byte", func() []byte { return append(bytes.Clone(base), 0) }},
		{"bad-format.pkg", "format 2 is not known", edit(base, `"format":1`, `"format":2,"new":true`)},
		{"bad-json.pkg", "cannot be read", edit(base, `{`, `[`)},
		{"bad-unknown-field.pkg", "unknown field", edit(base, `"minutes"`, `"x":1,"minutes"`)},
		{"bad-field-twice.pkg", "only valid form", edit(base, `"minutes":15`, `"minutes":14,"minutes":15`)},
		{"bad-field-case.pkg", "only valid form", edit(base, `"minutes"`, `"MINUTES"`)},
		{"bad-spaces.pkg", "only valid form", edit(base, `"minutes":15`, `"minutes": 15`)},
		{"bad-behind-json.pkg", "only valid form", func() []byte { return reframe(append(manifestOf(base), '{'), tailOf(base)) }},
		{"bad-utf8.pkg", "only valid form", edit(base, "Base Software", "Base\xffSoftware")},
		{"bad-nesting.pkg", "cannot be read", func() []byte { return reframe(bytes.Repeat([]byte("["), MaxManifest), nil) }},
		{"bad-many-files.pkg", "too many", func() []byte {
			return raw(t, baseSummary(), slices.Repeat([]entry{image}, 400), bytes.Repeat(uki, 400))
		}},
		{"bad-no-files.pkg", "not even none", edit(license, `"files":[]`, `"files":null`)},
		{"bad-kind.pkg", `kind "firmware"`, edit(base, `"kind":"base"`, `"kind":"firmware"`)},
		{"bad-version.pkg", "version", edit(base, `"version":"3.3.2"`, `"version":"3.03.2"`)},
		{"bad-hostname.pkg", "not a host name", edit(site, "support.example.com", "../example.com")},
		{"bad-zone.pkg", "UTC", edit(base, "00:00:00Z", "00:00:00+01:00")},
		{"bad-notes.pkg", "notes", edit(base, "Adds", "\u202eAdds")},

		{"bad-role-missing.pkg", "lacks its uki", edit(write(t, licenseSummary(), nil), string(mustJSON(t, licenseSummary())), string(mustJSON(t, baseSummary())))},
		{"bad-role-unknown.pkg", "too many", files(append(uki, 'x'), image, with(agreement, func(e *entry) { e.Role = "../../bin/sh" }))},
		{"bad-role-twice.pkg", "too many", files(append(uki, uki...), image, image)},
		{"bad-role-order.pkg", "out of order", func() []byte {
			return raw(t, siteSummary(), []entry{whole, agreement}, append(wholeTail[1:], 'x'))
		}},
		{"bad-size-zero.pkg", "between 1 and", files(nil, with(image, func(e *entry) { e.Size, e.Stored = 0, 0 }))},
		{"bad-size-huge.pkg", "between 1 and", files(wholeTail, agreement, with(whole, func(e *entry) { e.Size = 10 << 30 }))},
		{"bad-size-overflow.pkg", "cannot be", files(uki, with(image, func(e *entry) { e.Stored = 1<<63 - 1 }))},
		{"bad-stored.pkg", "cannot be", files(uki, with(image, func(e *entry) { e.Stored-- }))},
		{"bad-encoding.pkg", "encoding", files(uki, with(image, func(e *entry) { e.Encoding = "gzip" }))},
		{"bad-encoding-uki.pkg", "encoding", files(uki[1:], with(image, func(e *entry) { e.Encoding, e.Stored = zstandard, e.Size-1 }))},
		{"bad-hash-form.pkg", "hexadecimal", files(uki, with(image, func(e *entry) { e.SHA256 = strings.ToUpper(e.SHA256) }))},
		{"bad-hash.pkg", "another hash", files(uki, with(image, func(e *entry) { e.SHA256 = hexSum(nil) }))},
		{"bad-file-byte.pkg", "another hash", files([]byte("MZ a b00t image"), image)},
		{"bad-zstd-long.pkg", "goes on", files(wholeTail, agreement, short)},
		{"bad-zstd-short.pkg", "its manifest says", files(wholeTail, agreement, long)},
		{"bad-zstd-noise.pkg", "is damaged", files(append([]byte("x"), bytes.Repeat([]byte{7}, int(whole.Stored))...), agreement, whole)},
		{"bad-zstd-cut.pkg", "is damaged", files(wholeTail[:len(wholeTail)-5], agreement, with(whole, func(e *entry) { e.Stored -= 5 }))},
		{"bad-zstd-larger.pkg", "cannot be", files(append([]byte("x"), make([]byte, 50)...), agreement,
			with(whole, func(e *entry) { e.Size, e.Stored = 49, 50 }))},
		{"bad-zstd-window.pkg", "is damaged", func() []byte {
			wide := zeros(128 << 10)
			wide[5] = 14 << 3 // window 16 MiB
			e := entry{Role: Program, Size: 128 << 10, SHA256: hexSum(make([]byte, 128<<10)), Encoding: zstandard, Stored: int64(len(wide))}
			return raw(t, siteSummary(), []entry{agreement, e}, append([]byte("x"), wide...))
		}},
		{"bad-zstd-behind.pkg", "is damaged", files(append(bytes.Clone(wholeTail), "junk"...), agreement, with(whole, func(e *entry) { e.Stored += 4 }))},
	}
	for _, v := range list {
		if *update {
			if err := os.WriteFile("testdata/"+v.file, v.bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return list
}

// The bytes of what holds nothing compressed are the format's alone: today's
// Write gives them still.
func TestWriteGivesTheVectors(t *testing.T) {
	for _, v := range vectors(t)[:4] {
		want, err := os.ReadFile("testdata/" + v.file)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.bytes(); v.file != "site.pkg" && !bytes.Equal(got, want) {
			t.Errorf("%s: %q\nwant %q", v.file, got, want)
		}
	}
}

func summaryFor(e []entry) Summary {
	if e[0].Role == UKI {
		return baseSummary()
	}
	return siteSummary()
}

// raw frames a manifest that need not be valid.
func raw(t testing.TB, s Summary, e []entry, tail []byte) []byte {
	t.Helper()
	body, err := manifest{Summary: s, Files: e}.json()
	if err != nil {
		t.Fatal(err)
	}
	return reframe(body, tail)
}

func reframe(body, tail []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte(magic), uint32(len(body)))
	return append(append(b, body...), tail...)
}

func manifestOf(b []byte) []byte {
	return bytes.Clone(b[frameSize : frameSize+int(binary.BigEndian.Uint32(b[len(magic):]))])
}

func tailOf(b []byte) []byte { return b[frameSize+len(manifestOf(b)):] }

func mustJSON(t testing.TB, s Summary) []byte {
	t.Helper()
	b, err := manifest{Summary: s}.json()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(bytes.TrimPrefix(b, []byte(`{"summary":`)), []byte(`,"files":null}`))
}

func sum(b []byte) [32]byte  { return sha256.Sum256(b) }
func hexSum(b []byte) string { h := sum(b); return hex.EncodeToString(h[:]) }
