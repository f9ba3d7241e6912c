// SPDX-License-Identifier: Apache-2.0

package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

const (
	// lifetime is long because nothing renews this certificate but a person
	// who installs a better one, and an expired one would only add a second
	// warning to the browser's first.
	lifetime = 10 * 365 * 24 * time.Hour
	// backdate covers a client whose clock is behind the box's.
	backdate = 24 * time.Hour
	// maxCommonName is the limit of X.520; longer names stand in the
	// alternative names alone.
	maxCommonName = 64
)

// generate makes a key and a certificate for names, both PEM, the certificate
// first.
func generate(names Names, now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a certificate key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("make a certificate number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: commonName(names.Hostname), Organization: []string{"Understudy"}},
		NotBefore:             now.Add(-backdate).UTC(),
		NotAfter:              now.Add(lifetime).UTC(),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if names.Hostname != "" {
		template.DNSNames = []string{names.Hostname}
	}
	for _, a := range names.Addresses {
		template.IPAddresses = append(template.IPAddresses, net.IP(a.Unmap().AsSlice()))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for %q: %w", names.Hostname, err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode the certificate key: %w", err)
	}
	var out bytes.Buffer
	for _, block := range []*pem.Block{{Type: "CERTIFICATE", Bytes: der}, {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := pem.Encode(&out, block); err != nil {
			return nil, fmt.Errorf("encode the certificate: %w", err)
		}
	}
	return out.Bytes(), nil
}

func commonName(hostname string) string {
	if hostname == "" || len(hostname) > maxCommonName {
		return "appliance"
	}
	return hostname
}

// parse reads what generate wrote and holds the key against the certificate.
func parse(content []byte) (tls.Certificate, error) {
	c, err := tls.X509KeyPair(content, content)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read certificate and key: %w", err)
	}
	if c.Leaf == nil {
		if c.Leaf, err = x509.ParseCertificate(c.Certificate[0]); err != nil {
			return tls.Certificate{}, fmt.Errorf("read the certificate: %w", err)
		}
	}
	return c, nil
}
