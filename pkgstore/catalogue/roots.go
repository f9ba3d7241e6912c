// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"understudy/pkgstore/pack"
)

// TrustStore reads certificates in PEM, for the clients of a site to trust, and
// gives them with nothing around them. A file that holds anything else is
// refused: it may be a key, which would travel in every package.
func TrustStore(raw []byte) ([]byte, error) {
	if len(raw) > pack.MaxRoots {
		return nil, fmt.Errorf("the trust store is larger than the %d KiB allowed", pack.MaxRoots>>10)
	}
	var out bytes.Buffer
	begun := bytes.Count(raw, []byte("-----BEGIN"))
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		begun--
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("the trust store holds a %.40q: give certificates only", block.Type)
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return nil, fmt.Errorf("read a certificate of the trust store: %w", err)
		}
		if err := pem.Encode(&out, &pem.Block{Type: block.Type, Bytes: block.Bytes}); err != nil {
			return nil, err
		}
	}
	if out.Len() == 0 || begun != 0 {
		return nil, errors.New("the trust store is not whole, or not in PEM: give a file of certificates in PEM")
	}
	return out.Bytes(), nil
}
