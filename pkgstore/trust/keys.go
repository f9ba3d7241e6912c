// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"
	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Lifetimes is how long metadata is valid after it was signed. Zero means the
// default of that role: ten years, a year, seven days, seven days.
type Lifetimes struct{ Root, Targets, Snapshot, Timestamp time.Duration }

func (l Lifetimes) orDefaults() Lifetimes {
	const day = 24 * time.Hour
	for _, d := range []struct {
		at    *time.Duration
		value time.Duration
	}{{&l.Root, 3650 * day}, {&l.Targets, 365 * day}, {&l.Snapshot, 7 * day}, {&l.Timestamp, 7 * day}} {
		if *d.at == 0 {
			*d.at = d.value
		}
	}
	return l
}

// rootKeys and rootThreshold: two of three keys sign a root, so that one may be
// lost and one may be stolen.
const rootKeys, rootThreshold = 3, 2

// Keys holds the signing keys of a repository and its chain of root metadata, in
// one file that only its owner reads. All views share them, so that one root,
// in an appliance's seed, is good for every customer's view. It is safe for
// concurrent use as long as nobody calls Rotate.
type Keys struct {
	path  string
	life  Lifetimes
	seeds seeds
	root  *metadata.Metadata[metadata.RootType] // the newest
}

// seeds is the file of a Keys: role to Ed25519 seeds, and the roots.
type seeds struct {
	Seeds map[string][][]byte `json:"seeds"`
	Roots []json.RawMessage   `json:"roots"`
}

// OpenKeys reads the keys in the file path, or makes them and the first root.
func OpenKeys(path string, life Lifetimes, now time.Time) (*Keys, error) {
	k := &Keys{path: path, life: life.orDefaults()}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("make signing keys: %w", err)
		}
		return k, k.rotate(now)
	}
	if err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	if err := json.Unmarshal(raw, &k.seeds); err != nil || len(k.seeds.Roots) == 0 {
		return nil, fmt.Errorf("read signing keys: %s is not a file of keys (%w)", path, err)
	}
	k.root, err = decode[metadata.RootType](metadata.ROOT, k.seeds.Roots[len(k.seeds.Roots)-1])
	if err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	return k, nil
}

// Roots gives the chain of root metadata, oldest first.
func (k *Keys) Roots() [][]byte {
	var out [][]byte
	for _, r := range k.seeds.Roots {
		out = append(out, bytes.Clone(r))
	}
	return out
}

// Rotate replaces all keys: the new root is signed by the old and the new keys.
// Views must be published again afterwards.
func (k *Keys) Rotate(now time.Time) error { return k.rotate(now) }

func (k *Keys) rotate(now time.Time) error {
	next := seeds{Seeds: map[string][][]byte{}, Roots: k.seeds.Roots}
	root := metadata.Root(moment(now.Add(k.life.Root)))
	root.Signed.Version = int64(len(k.seeds.Roots)) + 1
	for _, role := range metadata.TOP_LEVEL_ROLE_NAMES {
		n := 1
		if role == metadata.ROOT {
			n, root.Signed.Roles[role].Threshold = rootKeys, rootThreshold
		}
		for range n {
			seed := make([]byte, ed25519.SeedSize)
			_, _ = rand.Read(seed) // never fails
			next.Seeds[role] = append(next.Seeds[role], seed)
			id, key, err := tufKey(seed)
			if err != nil {
				return err
			}
			root.Signed.Keys[id] = key
			root.Signed.Roles[role].KeyIDs = append(root.Signed.Roles[role].KeyIDs, id)
		}
	}
	by := append(append([][]byte{}, k.seeds.Seeds[metadata.ROOT]...), next.Seeds[metadata.ROOT]...)
	data, err := sign(metadata.ROOT, root, by)
	if err != nil {
		return err
	}
	next.Roots = append(next.Roots[:len(next.Roots):len(next.Roots)], data)
	raw, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("write signing keys: %w", err)
	}
	if err := renameio.WriteFile(k.path, raw, 0o600); err != nil {
		return fmt.Errorf("write signing keys: %w", err)
	}
	k.seeds, k.root = next, root
	return nil
}

// sign signs m with each of seeds and gives it as bytes that decode accepts.
func sign[T metadata.Roles](role string, m *metadata.Metadata[T], seeds [][]byte) ([]byte, error) {
	payload, err := cjson.EncodeCanonical(m.Signed)
	if err != nil {
		return nil, fmt.Errorf("sign %s metadata: %w", role, err)
	}
	m.Signatures = nil
	for _, seed := range seeds {
		id, _, err := tufKey(seed)
		if err != nil {
			return nil, err
		}
		m.Signatures = append(m.Signatures, metadata.Signature{KeyID: id, Signature: ed25519.Sign(ed25519.NewKeyFromSeed(seed), payload)})
	}
	data, err := m.ToBytes(false)
	if err != nil {
		return nil, fmt.Errorf("sign %s metadata: %w", role, err)
	}
	if _, err := decode[T](role, data); err != nil {
		return nil, fmt.Errorf("sign %s metadata that nobody would accept: %w", role, err)
	}
	return data, nil
}

// tufKey gives the public key of a seed with its ID.
func tufKey(seed []byte) (string, *metadata.Key, error) {
	if len(seed) != ed25519.SeedSize {
		return "", nil, fmt.Errorf("use a signing key: it has %d bytes instead of %d", len(seed), ed25519.SeedSize)
	}
	key, err := metadata.KeyFromPublicKey(ed25519.NewKeyFromSeed(seed).Public())
	if err != nil {
		return "", nil, fmt.Errorf("use a signing key: %w", err)
	}
	id, err := key.ID()
	return id, key, err
}

// moment is how times stand in metadata: UTC, whole seconds.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
