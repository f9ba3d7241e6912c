// SPDX-License-Identifier: Apache-2.0

package checkin

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"understudy/pkgstore/pack"
)

var update = flag.Bool("update", false, "write the test vectors: only for a new format")

var (
	box = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	at  = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
)

func statement() Statement {
	return Statement{
		Purpose: Download, Serial: "US-0001", Key: box.Public().(ed25519.PublicKey), Hostname: "support.example.com",
		Installed: []pack.Release{{Kind: pack.Base, Version: "3.3.2", Tree: 1}, {Kind: pack.Site, Version: "12.1.4", Tree: 1}},
		At:        at, Nonce: [16]byte{1, 2, 3},
	}
}

func sign(t testing.TB, s Statement) string {
	t.Helper()
	text, err := Sign(box, s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// largest is a statement with all that one may have.
func largest() Statement {
	s := statement()
	s.Serial = strings.Repeat("S", MaxSerial)
	s.Hostname = strings.Repeat(strings.Repeat("a", 62)+".", 4) + "b"
	s.Installed = nil
	for range MaxInstalled {
		s.Installed = append(s.Installed, pack.Release{Kind: pack.License, Version: "99999.99999.99999.99999", Tree: 1 << 30})
	}
	return s
}

func TestWhatIsSignedIsRead(t *testing.T) {
	nothing := statement()
	nothing.Hostname, nothing.Installed, nothing.Purpose = "", []pack.Release{}, Online
	for _, s := range []Statement{statement(), nothing, largest()} {
		text := sign(t, s)
		if len(text) > MaxText || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%d characters: %s", len(text), text)
		}
		got, err := Parse(text)
		if err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("%+v, %v\nwant %+v", got, err, s)
		}
	}
	local := statement()
	local.Key, local.At = nil, at.In(time.FixedZone("x", 3600)).Add(time.Millisecond)
	if got, err := Parse(sign(t, local)); err != nil || !reflect.DeepEqual(got, statement()) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestCopyingMayBreakLines(t *testing.T) {
	text := sign(t, statement())
	var broken strings.Builder
	for i, r := range text {
		if i%60 == 59 {
			broken.WriteString(" \r\n\t\u00a0\u200b\ufeff\u00ad")
		}
		broken.WriteRune(r)
	}
	if got, err := Parse("\n " + broken.String() + "\n"); err != nil || got.Serial != "US-0001" {
		t.Errorf("%+v, %v", got, err)
	}
}

// No change of a single character goes unseen.
func TestEveryCharacterCounts(t *testing.T) {
	text := sign(t, statement())
	for i := range text {
		b := []byte(text)
		if b[i] = 'A'; text[i] == 'A' {
			b[i] = 'B'
		}
		if _, err := Parse(string(b)); !errors.Is(err, ErrFormat) && !errors.Is(err, ErrSignature) {
			t.Errorf("character %d: %v", i, err)
		}
		if _, err := Parse(text[:i]); err == nil {
			t.Errorf("the first %d characters are enough", i)
		}
	}
	for _, bad := range []string{"", prefix, text + text, text + "A", strings.Repeat(" ", maxSpace+1), text + strings.Repeat("A", MaxText), "USK2-" + text[5:]} {
		if _, err := Parse(bad); !errors.Is(err, ErrFormat) && !errors.Is(err, ErrSignature) {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
}

// A box that signs nonsense is not believed because it signed it.
func TestParseIsStrictBehindTheSignature(t *testing.T) {
	good, err := statement().encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]string{
		"no JSON":          "x",
		"unknown field":    strings.Replace(string(good), "{", `{"x":1,`, 1),
		"field twice":      strings.Replace(string(good), "{", `{"purpose":"check",`, 1),
		"space":            strings.Replace(string(good), ":", ": ", 1),
		"behind the end":   string(good) + " ",
		"too long":         strings.Repeat(" ", MaxText) + string(good),
		"unknown purpose":  strings.Replace(string(good), "download", "upload", 1),
		"wrong serial":     strings.Replace(string(good), "US-0001", "../0001", 1),
		"wrong host name":  strings.Replace(string(good), "support", "sup_port", 1),
		"wrong release":    strings.Replace(string(good), "3.3.2", "latest", 1),
		"no list":          strings.Replace(string(good), installedJSON(t), "null", 1),
		"time with zone":   strings.Replace(string(good), "00:00Z", "00:00+01:00", 1),
		"time in parts":    strings.Replace(string(good), "00:00Z", "00:00.5Z", 1),
		"short nonce":      strings.Replace(string(good), "AQIDAA", "AQID", 1),
		"nonce of nothing": strings.Replace(string(good), "AQIDAA", "AAAAAA", 1),
	} {
		if b == string(good) {
			t.Fatalf("%s: nothing was changed", name)
		}
		key := box.Public().(ed25519.PublicKey)
		raw := append(append(bytes.Clone(key), ed25519.Sign(box, signed(key, []byte(b)))...), b...)
		if got, err := Parse(prefix + text64.EncodeToString(raw)); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func installedJSON(t *testing.T) string {
	t.Helper()
	b, err := json.Marshal(statement().Installed)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A signature of the key over something else is no statement, and a check
// does not become a download key.
func TestSignaturesAreForOnePurpose(t *testing.T) {
	key := box.Public().(ed25519.PublicKey)
	good, err := statement().encode()
	if err != nil {
		t.Fatal(err)
	}
	raw := append(append(bytes.Clone(key), ed25519.Sign(box, good)...), good...)
	if _, err := Parse(prefix + text64.EncodeToString(raw)); !errors.Is(err, ErrSignature) {
		t.Errorf("without the domain: %v", err)
	}
	s := statement()
	s.Purpose = Online
	raw, err = text64.DecodeString(strings.TrimPrefix(sign(t, s), prefix))
	if err != nil {
		t.Fatal(err)
	}
	raw = bytes.Replace(raw, []byte(`"check"`), []byte(`"download"`), 1)
	if _, err := Parse(prefix + text64.EncodeToString(raw)); !errors.Is(err, ErrSignature) {
		t.Errorf("a check made a download key: %v", err)
	}
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	copy(raw, other)
	if _, err := Parse(prefix + text64.EncodeToString(raw)); !errors.Is(err, ErrSignature) {
		t.Errorf("another key: %v", err)
	}
}

func TestSignRefuses(t *testing.T) {
	for name, change := range map[string]func(*Statement){
		"another key":   func(s *Statement) { s.Key = make([]byte, ed25519.PublicKeySize) },
		"no purpose":    func(s *Statement) { s.Purpose = "" },
		"no serial":     func(s *Statement) { s.Serial = "" },
		"long serial":   func(s *Statement) { s.Serial = strings.Repeat("S", MaxSerial+1) },
		"no time":       func(s *Statement) { s.At = time.Time{} },
		"no nonce":      func(s *Statement) { s.Nonce = [16]byte{} },
		"many releases": func(s *Statement) { s.Installed = make([]pack.Release, MaxInstalled+1) },
	} {
		s := statement()
		change(&s)
		if text, err := Sign(box, s); err == nil {
			t.Errorf("%s: %s", name, text)
		}
	}
	if _, err := Sign(nil, statement()); err == nil {
		t.Error("signs without a key")
	}
}

func TestCheckKnowsTheTime(t *testing.T) {
	const minute, day = time.Minute, 24 * time.Hour
	for _, c := range []struct {
		purpose Purpose
		age     time.Duration // of the statement by the server's clock
		want    string
	}{
		{Download, 0, ""}, {Download, 7 * day, ""}, {Download, -10 * minute, ""},
		{Download, 7*day + 1, "made this key 7 days ago"},
		{Download, 400 * day, "made this key 400 days ago"},
		{Download, -10*minute - 1, "10 minutes ahead"},
		{Download, -36 * time.Hour, "36 hours ahead"},
		{Online, 10 * minute, ""}, {Online, -10 * minute, ""},
		{Online, 10*minute + 1, "10 minutes behind"},
		{Online, -20 * 365 * day, "20 years ahead"},
		{"", 11 * minute, "behind"},
	} {
		s := Statement{Purpose: c.purpose, At: at}
		err := s.Check(at.Add(c.age))
		if c.want == "" && err == nil {
			continue
		}
		var clock *ClockError
		var expired *ExpiredError
		if !errors.As(err, &clock) && !errors.As(err, &expired) || !strings.Contains(err.Error(), c.want) ||
			!strings.Contains(err.Error(), "Status > Basics") || !strings.Contains(err.Error(), "NTP") {
			t.Errorf("%s after %v: %v, want %q", c.purpose, c.age, err, c.want)
		}
		if clock != nil && clock.Ahead != -c.age || expired != nil && expired.Age != c.age {
			t.Errorf("%s after %v: %#v %#v", c.purpose, c.age, clock, expired)
		}
	}
}

// Keys that boxes made stay readable.
func TestVectors(t *testing.T) {
	online := statement()
	online.Purpose = Online
	for file, s := range map[string]Statement{"download.txt": statement(), "check.txt": online, "largest.txt": largest()} {
		if *update {
			if err := os.WriteFile("testdata/"+file, []byte(sign(t, s)+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if got := sign(t, s) + "\n"; got != string(want) {
			t.Errorf("%s: signs as\n%s", file, got)
		}
		if got, err := Parse(string(want)); err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("%s: %+v, %v", file, got, err)
		}
	}
}

// What can be read is signed by its key, and writes as it was read.
func FuzzParse(f *testing.F) {
	for _, file := range []string{"download.txt", "check.txt", "largest.txt"} {
		b, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add("")
	f.Add(prefix + strings.Repeat("A", 200))
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrSignature) {
				t.Errorf("%v", err)
			}
			return
		}
		if b, err := s.encode(); err != nil || s.valid() != nil {
			t.Errorf("%+v: %q, %v, %v", s, b, err, s.valid())
		}
	})
}

// Behind the signature, where a fuzzer that has no key does not come.
func FuzzStatement(f *testing.F) {
	b, err := statement().encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decode(box.Public().(ed25519.PublicKey), b)
		if err != nil {
			return
		}
		if got, err := Parse(sign(t, s)); err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("%+v, %v\nwant %+v", got, err, s)
		}
	})
}
