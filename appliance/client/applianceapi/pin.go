// SPDX-License-Identifier: Apache-2.0

package applianceapi

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"time"
)

// FingerprintError says that the box showed another certificate than the
// pinned one: the box was reset, or something stands in between.
type FingerprintError struct{ Want, Got string } // hex

// Error names both fingerprints and what to do.
func (e *FingerprintError) Error() string {
	return fmt.Sprintf("the certificate has the SHA-256 fingerprint\n  %s\nand not the expected\n  %s\n"+
		"If the appliance was reset or given a new certificate, compare with its console and sign in again.", Colons(e.Got), Colons(e.Want))
}

// pin makes conf accept one certificate, whatever its name, issuer and dates:
// an appliance's first certificate is signed by itself.
func pin(conf *tls.Config, fingerprint string) error {
	want, err := ParseFingerprint(fingerprint)
	if err != nil {
		return err
	}
	conf.InsecureSkipVerify = true // VerifyConnection below is the verification
	conf.VerifyConnection = func(cs tls.ConnectionState) error {
		if got := fingerprintOf(cs); got != want {
			return &FingerprintError{Want: want, Got: got}
		}
		return nil
	}
	return nil
}

func fingerprintOf(cs tls.ConnectionState) string {
	if len(cs.PeerCertificates) == 0 {
		return ""
	}
	sum := sha256.Sum256(cs.PeerCertificates[0].Raw)
	return hex.EncodeToString(sum[:])
}

// ParseFingerprint reads a SHA-256 fingerprint as consoles and browsers print
// it, with or without colons, and returns it as 64 lower-case hex digits.
func ParseFingerprint(s string) (string, error) {
	plain := strings.NewReplacer(":", "", " ", "").Replace(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "sha256:"))
	raw, err := hex.DecodeString(plain)
	if err != nil || len(raw) != sha256.Size {
		return "", fmt.Errorf("%q is not a SHA-256 fingerprint of 64 hex digits", s)
	}
	return plain, nil
}

// Colons returns a fingerprint as the console shows it: upper-case pairs.
func Colons(fingerprint string) string {
	upper := strings.ToUpper(fingerprint)
	var pairs []string
	for len(upper) > 1 {
		pairs, upper = append(pairs, upper[:2]), upper[2:]
	}
	return strings.Join(pairs, ":")
}

// Presented connects and returns the fingerprint of the certificate that the
// box shows, without trusting it: what a person compares with the console.
// trusted reports whether the system's roots vouch for it already.
func Presented(ctx context.Context, rawURL string) (fingerprint string, trusted bool, err error) {
	u, err := ParseURL(rawURL)
	if err != nil {
		return "", false, err
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "443")
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	conn, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, ServerName: u.Hostname()}}).DialContext(ctx, "tcp", host)
	if err != nil {
		return "", false, &UnreachableError{URL: u.String(), Err: err}
	}
	defer conn.Close()
	fingerprint = fingerprintOf(conn.(*tls.Conn).ConnectionState())
	checked, err := (&tls.Dialer{}).DialContext(ctx, "tcp", host)
	if err == nil {
		checked.Close()
	}
	return fingerprint, err == nil, nil
}
