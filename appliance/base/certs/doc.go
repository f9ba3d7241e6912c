// SPDX-License-Identifier: Apache-2.0

// Package certs keeps the certificate the front door presents.
//
// At first boot it makes a self-signed ECDSA P-256 certificate for the host
// name and addresses of the box and keeps it in one file, certificate and key
// together, so that the two can never be out of step. A file that is damaged
// is set aside and replaced, because a box that cannot be reached cannot be
// repaired; health says so for a week, since every client that remembered the
// old fingerprint will complain.
//
// Where the certificate is used (TLS versions, listeners) is the front door's
// business, not this package's.
package certs
