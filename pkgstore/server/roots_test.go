// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/pkgstore/checkin"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/server"
)

// roots fetches the site package of a box and gives the certificates in it.
func (b *box) roots() string {
	b.Helper()
	tg := find(b.T, b.refresh(), "Bomgar-12.2.0")
	raw, err := io.ReadAll(tg.Reader(b.get(b.admission.Packages + tg.Name).Body))
	b.must(err)
	p, err := pack.Open(bytes.NewReader(raw), int64(len(raw)))
	b.must(err)
	var out bytes.Buffer
	b.must(p.Copy(b.Context(), pack.Roots, &out))
	return out.String()
}

// certificate makes a certificate and its key, in PEM.
func (w *world) certificate() (cert, key string) {
	w.Helper()
	path := filepath.Join(w.TempDir(), "pem")
	_, _, err := server.Certificate(path, []string{"ca.example.com"}, epoch)
	w.must(err)
	raw, err := os.ReadFile(path)
	w.must(err)
	cert, key, _ = strings.Cut(string(raw), "-----BEGIN PRIVATE")
	return cert, "-----BEGIN PRIVATE" + key
}

// A customer's site packages hold his own trust store, others that of the
// version, also over a restart.
func TestTrustStoreOfCustomer(t *testing.T) {
	w := newWorld(t, false)
	version, _ := w.certificate()
	w.must(os.WriteFile(filepath.Join(w.config.Data, "packages", "site", "12.2.0", "roots.pem"), []byte("of the version\n"+version), 0o600))
	one, _ := w.certificate()
	two, _ := w.certificate()
	w.must(w.server.AddCustomer(t.Context(), server.Customer{ID: "c3", Hostname: "a.example.com", Maintenance: epoch.AddDate(1, 0, 0), Roots: []byte("# ours\n" + one + "\n# and theirs\n" + two)}))
	w.must(w.server.Enroll(t.Context(), "US-3", "c3", "", ""))
	w.restart()
	own, plain := w.box("US-3"), w.box("US-1")
	own.mustCheck()
	plain.mustCheck()
	if got := own.roots(); got != one+two {
		t.Errorf("the customer's package holds\n%s", got)
	}
	if got := plain.roots(); got != version {
		t.Errorf("the package of another holds\n%s", got)
	}
}

// Nothing but certificates gets into a package, also not from the shelf: a key
// would go to everybody.
func TestTrustStoreOfAVersionWithAKey(t *testing.T) {
	w := newWorld(t, false)
	cert, key := w.certificate()
	path := filepath.Join(w.config.Data, "packages", "site", "12.2.0", "roots.pem")
	w.must(os.WriteFile(path, []byte(cert+key), 0o600))
	b := w.box("US-1")
	if code, _ := b.check(b.statement(checkin.Online, 0)); code != "internal" {
		t.Errorf("the check ended with %q", code)
	}
	built, err := os.ReadDir(filepath.Join(w.config.Data, "built"))
	if err != nil || len(built) != 0 {
		t.Errorf("%d packages were built, %v", len(built), err)
	}
	w.must(os.WriteFile(path, []byte(cert), 0o600))
	b.mustCheck()
	if got := b.roots(); got != cert {
		t.Errorf("put right, the package holds\n%s", got)
	}
}

func TestTrustStoresThatAreRefused(t *testing.T) {
	w := newWorld(t, false)
	cert, key := w.certificate()
	for name, roots := range map[string]string{
		"empty":     "",
		"no PEM":    "certificates",
		"a key too": cert + key,
		"cut short": cert + cert[:len(cert)/2],
		"nonsense":  "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"too large": strings.Repeat(cert, pack.MaxRoots/len(cert)+1),
	} {
		err := w.server.AddCustomer(t.Context(), server.Customer{ID: "c3", Hostname: "a.example.com", Roots: []byte(roots)})
		if err == nil || !strings.Contains(err.Error(), "trust store") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := w.server.Customers(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("%d customers, %v", len(list), err)
	}
}
