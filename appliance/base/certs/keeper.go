// SPDX-License-Identifier: Apache-2.0

package certs

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// fileName holds certificate and key; damagedSuffix is added to a file that
// could not be read, which keeps it for support.
const (
	fileName      = "self-signed.pem"
	damagedSuffix = ".damaged"
)

// Names is what a new certificate is made out to.
type Names struct {
	Hostname  string
	Addresses []netip.Addr
}

// Keeper holds the certificate in use. Its methods may be called from several
// goroutines at once: nothing changes after it is made.
type Keeper struct {
	certificate tls.Certificate
	path        string // empty: lives in memory only
	replaced    time.Time
	now         func() time.Time
}

// Open reads the certificate in dir, or makes one and writes it there. A file
// that cannot be used is renamed and replaced. An error means that dir cannot
// be read or written; InMemory serves until it can.
func Open(dir string, names Names, now func() time.Time) (*Keeper, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the certificate directory: %w", err)
	}
	path := filepath.Join(dir, fileName)
	k := &Keeper{path: path, now: now}
	content, err := os.ReadFile(path)
	switch {
	case err == nil:
		if k.certificate, err = parse(content); err != nil {
			if err := os.Rename(path, path+damagedSuffix); err != nil {
				return nil, fmt.Errorf("set the damaged certificate %s aside: %w", path, err)
			}
			// The time of damage is when it was found, not when it was written.
			if err := os.Chtimes(path+damagedSuffix, now(), now()); err != nil {
				return nil, fmt.Errorf("date the damaged certificate: %w", err)
			}
			err = k.issue(names)
		}
	case errors.Is(err, fs.ErrNotExist):
		err = k.issue(names)
	}
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", path, err)
	}
	if info, err := os.Stat(path + damagedSuffix); err == nil {
		k.replaced = info.ModTime()
	}
	return k, nil
}

// InMemory makes a certificate that is gone at the next start: for a box whose
// state cannot be used and that still has to say so over TLS.
func InMemory(names Names, now func() time.Time) (*Keeper, error) {
	content, err := generate(names, now())
	if err != nil {
		return nil, err
	}
	k := &Keeper{now: now}
	k.certificate, err = parse(content)
	return k, err
}

// issue makes a certificate and puts it in place in one step.
func (k *Keeper) issue(names Names) error {
	content, err := generate(names, k.now())
	if err != nil {
		return err
	}
	if err := writeFile(k.path, content); err != nil {
		return err
	}
	k.certificate, err = parse(content)
	return err
}

// GetCertificate presents the certificate to every client; it is made for
// tls.Config.
func (k *Keeper) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return &k.certificate, nil
}

// Fingerprint is the SHA-256 of the certificate as browsers show it: 32 pairs
// of upper-case hex digits with colons between.
func (k *Keeper) Fingerprint() string {
	sum := sha256.Sum256(k.certificate.Leaf.Raw)
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(pairs, ":")
}

// Info is what a page says of the certificate. Times are UTC.
type Info struct {
	Subject     string
	Names       []string // host names and addresses
	NotBefore   time.Time
	NotAfter    time.Time
	Fingerprint string
	SelfSigned  bool
	Stored      bool      // false: in memory only, another one at the next start
	Replaced    time.Time // when a damaged one was found, zero if never
}

// Info describes the certificate in use.
func (k *Keeper) Info() Info {
	leaf := k.certificate.Leaf
	names := append([]string(nil), leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return Info{
		Subject:     leaf.Subject.CommonName,
		Names:       names,
		NotBefore:   leaf.NotBefore.UTC(),
		NotAfter:    leaf.NotAfter.UTC(),
		Fingerprint: k.Fingerprint(),
		SelfSigned:  true,
		Stored:      k.path != "",
		Replaced:    k.replaced,
	}
}
