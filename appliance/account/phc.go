// SPDX-License-Identifier: Apache-2.0

package account

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Bounds of what is accepted as a hash. One that somebody else made must not
// take the box's memory or time at each sign-in.
const (
	saltSize     = 16
	hashSize     = 32
	minSalt      = 8
	maxSalt      = 64
	minHash      = 16
	maxHash      = 64
	maxMemoryKiB = 128 << 10
	maxTime      = 16
	maxThreads   = 16
)

// phc is a password hash in its parts.
type phc struct {
	argon Argon2
	salt  []byte
	hash  []byte
}

// HashPassword returns the argon2id hash of password as a PHC string:
// $argon2id$v=19$m=19456,t=2,p=1$salt$hash, salt and hash in base64 without
// padding. It takes p.MemoryKiB of memory while it runs.
func HashPassword(p Argon2, password string) (string, error) {
	if err := p.check(); err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	return phc{argon: p, salt: salt, hash: p.key(password, salt, hashSize)}.String(), nil
}

// ParsePHC takes a PHC string of argon2id apart. It accepts exactly the
// spelling that HashPassword gives, and only parameters that the box can bear:
// at most 128 MiB, 16 passes and 16 threads.
func ParsePHC(s string) (p Argon2, salt, hash []byte, err error) {
	parsed, err := parsePHC(s)
	return parsed.argon, parsed.salt, parsed.hash, err
}

func parsePHC(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v=19" {
		return phc{}, errors.New("this is not an argon2id hash of version 19 in PHC form ($argon2id$v=19$m=…,t=…,p=…$salt$hash)")
	}
	p, err := parseParameters(parts[3])
	if err != nil {
		return phc{}, err
	}
	salt, err := decodePart("salt", parts[4], minSalt, maxSalt)
	if err != nil {
		return phc{}, err
	}
	hash, err := decodePart("hash", parts[5], minHash, maxHash)
	if err != nil {
		return phc{}, err
	}
	return phc{p, salt, hash}, nil
}

func parseParameters(s string) (Argon2, error) {
	var values [3]uint64
	fields := strings.Split(s, ",")
	if len(fields) != len(values) {
		return Argon2{}, fmt.Errorf("the parameters of an argon2id hash are m, t and p, not %q", s)
	}
	for i, name := range []string{"m=", "t=", "p="} {
		digits, ok := strings.CutPrefix(fields[i], name)
		n, err := strconv.ParseUint(digits, 10, 24)
		if !ok || err != nil || strconv.FormatUint(n, 10) != digits {
			return Argon2{}, fmt.Errorf("the parameters of an argon2id hash are m, t and p, not %q", s)
		}
		values[i] = n
	}
	if values[2] > maxThreads {
		return Argon2{}, fmt.Errorf("an argon2id hash with %d threads is more than the %d allowed", values[2], maxThreads)
	}
	p := Argon2{MemoryKiB: uint32(values[0]), Time: uint32(values[1]), Threads: uint8(values[2])}
	return p, p.check()
}

func decodePart(name, s string, least, most int) ([]byte, error) {
	b, err := base64.RawStdEncoding.Strict().DecodeString(s)
	if err != nil || base64.RawStdEncoding.EncodeToString(b) != s {
		return nil, fmt.Errorf("the %s of an argon2id hash is not base64 without padding", name)
	}
	if len(b) < least || len(b) > most {
		return nil, fmt.Errorf("the %s of an argon2id hash has %d bytes, and %d to %d are allowed", name, len(b), least, most)
	}
	return b, nil
}

func (p Argon2) check() error {
	switch {
	case p.Time < 1 || p.Time > maxTime:
		return fmt.Errorf("argon2id with %d passes, and 1 to %d are allowed", p.Time, maxTime)
	case p.Threads < 1 || p.Threads > maxThreads:
		return fmt.Errorf("argon2id with %d threads, and 1 to %d are allowed", p.Threads, maxThreads)
	case p.MemoryKiB < 8*uint32(p.Threads) || p.MemoryKiB > maxMemoryKiB:
		return fmt.Errorf("argon2id with %d KiB of memory, and %d to %d are allowed", p.MemoryKiB, 8*p.Threads, maxMemoryKiB)
	}
	return nil
}

func (p Argon2) key(password string, salt []byte, size int) []byte {
	return argon2.IDKey([]byte(password), salt, p.Time, p.MemoryKiB, p.Threads, uint32(size))
}

func (h phc) String() string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.argon.MemoryKiB, h.argon.Time, h.argon.Threads, b64(h.salt), b64(h.hash))
}

// matches says whether password has this hash.
func (h phc) matches(password string) bool {
	return subtle.ConstantTimeCompare(h.argon.key(password, h.salt, len(h.hash)), h.hash) == 1
}
