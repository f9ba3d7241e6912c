// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/renameio/v2"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Publisher signs the metadata of one view: the repository as one customer's
// appliances see it. Its directory holds what it published last; versions go on
// from there, and never below the Unix time of signing, so that they grow even
// when the directory was restored from an old copy, and when an appliance moves
// to another view that is published then. Safe for concurrent use.
type Publisher struct {
	keys *Keys
	dir  string

	mu   sync.Mutex
	last published
}

// published is what stands in the directory, as one file: a view is replaced
// whole. The previous state is kept for clients that are halfway through it.
type published struct {
	Timestamp json.RawMessage            `json:"timestamp,omitempty"`
	Targets   json.RawMessage            `json:"targets,omitempty"`
	Now       map[string]json.RawMessage `json:"now,omitempty"` // "7.snapshot.json", "7.targets.json"
	Before    map[string]json.RawMessage `json:"before,omitempty"`
}

// OpenPublisher opens a view's directory, making it if needed.
func OpenPublisher(keys *Keys, dir string) (*Publisher, error) {
	p := &Publisher{keys: keys, dir: dir}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open a view: %w", err)
	}
	raw, err := os.ReadFile(p.file())
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open a view: %w", err)
	}
	if err := json.Unmarshal(raw, &p.last); err != nil {
		return nil, fmt.Errorf("open a view: %s is damaged: %w", p.file(), err)
	}
	return p, nil
}

func (p *Publisher) file() string { return filepath.Join(p.dir, "view.json") }

// Publish makes the view offer exactly targets. If it does already, by the
// present keys, and none of its metadata is past half of its life, nothing is
// signed, unless anew asks for it.
func (p *Publisher) Publish(targets []Target, now time.Time, anew bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := signing{p: p, now: moment(now)}
	files := map[string]*metadata.TargetFiles{}
	for _, t := range targets {
		f, err := fileOf(t)
		if err != nil {
			return err
		}
		files[t.Name] = f
	}
	if !anew && s.current(files) {
		return nil
	}
	next, err := s.sign(files, anew)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("publish a view: %w", err)
	}
	if err := renameio.WriteFile(p.file(), raw, 0o600); err != nil {
		return fmt.Errorf("publish a view: %w", err)
	}
	p.last = next
	return nil
}

// File gives a file of the view by its path in the repository. The error wraps
// fs.ErrNotExist if there is none.
func (p *Publisher) File(path string) ([]byte, error) {
	for i, r := range p.keys.seeds.Roots {
		if path == fmt.Sprintf("%d.root.json", i+1) {
			return bytes.Clone(r), nil
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	data := p.last.Now[path]
	switch {
	case path == "timestamp.json":
		data = p.last.Timestamp
	case data == nil:
		data = p.last.Before[path]
	}
	if data == nil {
		return nil, fmt.Errorf("no file %.64q in the view: %w", path, fs.ErrNotExist)
	}
	return bytes.Clone(data), nil
}

// Targets gives the view's signed targets metadata, for WriteOffline; nil before
// the first Publish.
func (p *Publisher) Targets() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.last.Targets)
}

func fileOf(t Target) (*metadata.TargetFiles, error) {
	c := custom{Summary: t.Summary}
	if len(t.EULA) <= MaxEULA {
		c.EULA = t.EULA
	}
	about, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("publish %s: %w", t.Name, err)
	}
	f := metadata.TargetFile()
	f.Length, f.Custom = t.Length, (*json.RawMessage)(&about)
	f.Hashes["sha256"] = t.SHA256[:]
	if _, err := targetOf(t.Name, f); err != nil {
		return nil, fmt.Errorf("publish a package: %w", err)
	}
	return f, nil
}

// signing is one Publish.
type signing struct {
	p   *Publisher
	now time.Time
}

// current says whether what is published offers files and stays valid for now.
func (s signing) current(files map[string]*metadata.TargetFiles) bool {
	ts, err := decode[metadata.TimestampType](metadata.TIMESTAMP, s.p.last.Timestamp)
	if err != nil || signedBy(s.p.keys.root, metadata.TIMESTAMP, ts) != nil {
		return false
	}
	return ts.Signed.Expires.Sub(s.now) >= s.fresh()/2 && s.targets(files) != nil
}

// fresh is how long a timestamp is valid: no longer than its snapshot.
func (s signing) fresh() time.Duration { return min(s.p.keys.life.Timestamp, s.p.keys.life.Snapshot) }

// targets gives the published targets metadata if it offers files and can stay.
func (s signing) targets(files map[string]*metadata.TargetFiles) *metadata.Metadata[metadata.TargetsType] {
	m, err := decode[metadata.TargetsType](metadata.TARGETS, s.p.last.Targets)
	if err != nil || signedBy(s.p.keys.root, metadata.TARGETS, m) != nil {
		return nil
	}
	want, err1 := json.Marshal(files)
	have, err2 := json.Marshal(m.Signed.Targets)
	if err1 != nil || err2 != nil || !bytes.Equal(want, have) || m.Signed.Expires.Sub(s.now) < s.p.keys.life.Targets/2 {
		return nil
	}
	return m
}

// sign makes the next state of the view. Targets metadata that can stay does, so
// that offline files made with it are not old before their time.
func (s signing) sign(files map[string]*metadata.TargetFiles, anew bool) (published, error) {
	keys, version := s.p.keys, s.next()
	targets, targetsData := s.targets(files), []byte(s.p.last.Targets)
	if targets == nil || anew {
		var err error
		targets = metadata.Targets(s.now.Add(keys.life.Targets))
		targets.Signed.Version, targets.Signed.Targets = version, files
		if targetsData, err = sign(metadata.TARGETS, targets, keys.seeds.Seeds[metadata.TARGETS]); err != nil {
			return published{}, err
		}
	}
	snapshot := metadata.Snapshot(s.now.Add(keys.life.Snapshot))
	snapshot.Signed.Version = version
	snapshot.Signed.Meta[metadata.TARGETS+".json"] = metaFile(targets.Signed.Version, targetsData)
	snapshotData, err := sign(metadata.SNAPSHOT, snapshot, keys.seeds.Seeds[metadata.SNAPSHOT])
	if err != nil {
		return published{}, err
	}
	timestamp := metadata.Timestamp(s.now.Add(s.fresh()))
	timestamp.Signed.Version = version
	timestamp.Signed.Meta[metadata.SNAPSHOT+".json"] = metaFile(version, snapshotData)
	timestampData, err := sign(metadata.TIMESTAMP, timestamp, keys.seeds.Seeds[metadata.TIMESTAMP])
	if err != nil {
		return published{}, err
	}
	return published{
		Timestamp: timestampData, Targets: targetsData, Before: s.p.last.Now,
		Now: map[string]json.RawMessage{
			fmt.Sprintf("%d.snapshot.json", version):               snapshotData,
			fmt.Sprintf("%d.targets.json", targets.Signed.Version): targetsData,
		},
	}, nil
}

func (s signing) next() int64 { return max(s.version()+1, s.now.Unix()) }

// version is the present one, 0 before the first.
func (s signing) version() int64 {
	ts, err := decode[metadata.TimestampType](metadata.TIMESTAMP, s.p.last.Timestamp)
	if err != nil {
		return 0
	}
	return ts.Signed.Version
}

func metaFile(version int64, data []byte) *metadata.MetaFiles {
	f := metadata.MetaFile(version)
	sum := sha256.Sum256(data)
	f.Length, f.Hashes = int64(len(data)), metadata.Hashes{"sha256": sum[:]}
	return f
}
