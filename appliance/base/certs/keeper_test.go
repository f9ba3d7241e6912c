// SPDX-License-Identifier: Apache-2.0

package certs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/appliance/health"
)

var names = Names{Hostname: "box.example.net", Addresses: []netip.Addr{
	netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("2001:db8::10"), netip.MustParseAddr("169.254.1.1"),
}}

func at(s string) func() time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return func() time.Time { return t }
}

func open(t *testing.T, dir string, now func() time.Time) *Keeper {
	t.Helper()
	k, err := Open(dir, names, now)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// warning is what health would show of k: the first thing wrong, or nil.
func warning(k *Keeper) *health.Warning {
	for _, c := range k.Checks() {
		if w := c.Run(context.Background()); w != nil {
			return w
		}
	}
	return nil
}

func TestCertificateStaysTheSame(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "certs")
	first := open(t, dir, at("2026-03-01T12:00:00Z"))
	second := open(t, dir, at("2026-09-01T12:00:00Z"))
	if first.Fingerprint() != second.Fingerprint() {
		t.Errorf("fingerprint changed from %s to %s by opening again", first.Fingerprint(), second.Fingerprint())
	}
	if w := warning(second); w != nil {
		t.Errorf("a sound certificate warns: %s", w.Text)
	}
	info, err := os.Stat(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the private key has mode %v", info.Mode().Perm())
	}
}

// A browser that pinned the fingerprint on the console must see that very
// certificate on the wire, for each of the names.
func TestServesTLS(t *testing.T) {
	k := open(t, t.TempDir(), at("2026-03-01T12:00:00Z"))
	for _, name := range []string{"box.example.net", "192.0.2.10", "2001:db8::10", "169.254.1.1"} {
		client, server := net.Pipe()
		go func() {
			s := tls.Server(server, &tls.Config{GetCertificate: k.GetCertificate})
			_ = s.Handshake() // the client's side tells of any failure
		}()
		roots := x509.NewCertPool()
		leaf, _ := k.GetCertificate(nil)
		roots.AddCert(leaf.Leaf)
		c := tls.Client(client, &tls.Config{ServerName: name, RootCAs: roots, Time: at("2026-03-01T12:00:00Z")})
		if err := c.Handshake(); err != nil {
			t.Errorf("TLS to %s: %v", name, err)
			continue
		}
		sum := sha256.Sum256(c.ConnectionState().PeerCertificates[0].Raw)
		if want := strings.ToUpper(hex.EncodeToString(sum[:])); want != strings.ReplaceAll(k.Fingerprint(), ":", "") {
			t.Errorf("fingerprint %s, on the wire %s", k.Fingerprint(), want)
		}
	}
}

func TestDamagedFileIsReplaced(t *testing.T) {
	sound, err := generate(names, at("2026-01-01T00:00:00Z")())
	if err != nil {
		t.Fatal(err)
	}
	other, err := generate(names, at("2026-01-01T00:00:00Z")())
	if err != nil {
		t.Fatal(err)
	}
	cut := bytes.Index(sound, []byte("-----BEGIN PRIVATE"))
	for name, content := range map[string][]byte{
		"empty":              {},
		"zeros":              make([]byte, 4096),
		"cut short":          sound[:len(sound)/2],
		"without its key":    sound[:cut],
		"with another's key": append(append([]byte(nil), sound[:cut]...), other[bytes.Index(other, []byte("-----BEGIN PRIVATE")):]...),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, fileName), content, 0o600); err != nil {
				t.Fatal(err)
			}
			k := open(t, dir, at("2026-03-01T12:00:00Z"))
			w := warning(k)
			if w == nil || w.Code != CodeReplaced || !strings.Contains(w.Text, "2026-03-01") {
				t.Fatalf("warning %+v", w)
			}
			if kept, err := os.ReadFile(filepath.Join(dir, fileName+damagedSuffix)); err != nil || !bytes.Equal(kept, content) {
				t.Errorf("the damaged file was not kept: %v", err)
			}
			again := open(t, dir, at("2026-03-02T12:00:00Z"))
			if again.Fingerprint() != k.Fingerprint() {
				t.Error("replaced a second time")
			}
			if warning(again) == nil {
				t.Error("a restart of the program forgets the warning")
			}
			if later := open(t, dir, at("2026-04-01T12:00:00Z")); warning(later) != nil {
				t.Error("still warns after a month")
			}
		})
	}
}

func TestExpiredCertificateWarns(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, at("2020-01-01T00:00:00Z"))
	if w := warning(open(t, dir, at("2031-01-01T00:00:00Z"))); w == nil || w.Code != CodeExpired {
		t.Errorf("warning %+v", w)
	}
}

func TestUnusableDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, names, time.Now); err == nil {
		t.Fatal("a directory that is a file was accepted")
	}
	k, err := InMemory(names, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if i := k.Info(); i.Stored || i.Subject != "box.example.net" || len(i.Names) != 4 {
		t.Errorf("info %+v", i)
	}
}

func TestLongHostName(t *testing.T) {
	long := strings.Repeat("abcdefghi.", 12) + "example"
	k, err := InMemory(Names{Hostname: long}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.certificate.Leaf.VerifyHostname(long); err != nil {
		t.Error(err)
	}
}
