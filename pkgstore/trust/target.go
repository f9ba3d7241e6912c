// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"understudy/pkgstore/pack"
)

// Target is a package that was signed for.
type Target struct {
	Name         string   // in the repository: letters, digits, dot, hyphen; never a path
	Length       int64    // bytes
	SHA256       [32]byte // of all of them
	pack.Summary          // as in the package's manifest
	EULA         string   // the licence agreement in the package, at most MaxEULA bytes; "" if it has none or a longer one
}

// MaxEULA is how long a licence agreement may be to stand in the metadata, in
// bytes, so that it can be read and accepted before the package is fetched.
const MaxEULA = 16 << 10

// custom is what the metadata says of a package beside length and hash.
type custom struct {
	pack.Summary
	EULA string `json:"eula,omitempty"`
}

// Reader reads the package from r and checks it. Bytes past Length are never
// handed out, and the last ones only after length and hash were found to agree:
// the error is an *Error then, io.EOF else. Whoever did not read to the end
// knows nothing.
func (t Target) Reader(r io.Reader) io.Reader {
	return &checked{target: t, r: r, sum: sha256.New()}
}

type checked struct {
	target Target
	r      io.Reader
	sum    hash.Hash
	n      int64
	done   error
}

func (c *checked) Read(p []byte) (int, error) {
	if c.done != nil {
		return 0, c.done
	}
	left := c.target.Length - c.n
	if int64(len(p)) > left {
		p = p[:left]
	}
	if len(p) == 0 && left > 0 {
		return 0, nil
	}
	n, err := 0, error(nil)
	if left > 0 {
		n, err = c.r.Read(p)
	}
	c.sum.Write(p[:n])
	c.n += int64(n)
	if c.n == c.target.Length {
		if c.done = c.end(); c.done != io.EOF {
			return 0, c.done
		}
		return n, io.EOF
	}
	if err == io.EOF {
		err = c.wrong(Length, fmt.Sprintf("%d bytes", c.target.Length), fmt.Sprintf("%d bytes", c.n))
	}
	c.done = err
	return n, err
}

// end gives the verdict when Length bytes are read: io.EOF if all is well.
func (c *checked) end() error {
	var one [1]byte
	switch n, err := io.ReadFull(c.r, one[:]); {
	case n > 0:
		return c.wrong(Length, fmt.Sprintf("%d bytes", c.target.Length), "more")
	case err != io.EOF:
		return err
	}
	if sum := c.sum.Sum(nil); !bytes.Equal(sum, c.target.SHA256[:]) {
		return c.wrong(Hash, fmt.Sprintf("SHA-256 %x", c.target.SHA256), fmt.Sprintf("%x", sum))
	}
	return io.EOF
}

func (c *checked) wrong(check, want, have string) error {
	return &Error{Check: check, What: "package " + c.target.Summary.Name, Want: want, Have: have}
}

// targetsOf gives the packages in verified targets metadata, by name.
func targetsOf(m *metadata.Metadata[metadata.TargetsType]) ([]Target, error) {
	var out []Target
	for _, name := range slices.Sorted(maps.Keys(m.Signed.Targets)) {
		t, err := targetOf(name, m.Signed.Targets[name])
		if err != nil {
			return nil, &Error{Check: Format, What: "targets metadata", Want: "packages with length, SHA-256 and summary", Have: err.Error(), Err: err}
		}
		out = append(out, t)
	}
	return out, nil
}

func targetOf(name string, f *metadata.TargetFiles) (Target, error) {
	t := Target{Name: name, Length: f.Length}
	if err := checkName(name); err != nil {
		return Target{}, err
	}
	if f.Length < 1 || len(f.Hashes["sha256"]) != sha256.Size || f.Custom == nil {
		return Target{}, fmt.Errorf("%s without one of them", name)
	}
	copy(t.SHA256[:], f.Hashes["sha256"])
	var c custom
	if err := json.Unmarshal(*f.Custom, &c); err != nil {
		return Target{}, fmt.Errorf("%s with another summary (%w)", name, err)
	}
	t.Summary, t.EULA = c.Summary, c.EULA
	return t, nil
}

// checkName keeps names from being anything but names.
func checkName(name string) error {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"
	if name == "" || len(name) > 128 || strings.Trim(name, letters) != "" || name[0] == '.' {
		return fmt.Errorf("the name %.32q", name)
	}
	for _, r := range name {
		if !strings.ContainsRune(letters, r) {
			return fmt.Errorf("the name %.32q", name)
		}
	}
	return nil
}
