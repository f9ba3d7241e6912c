// SPDX-License-Identifier: Apache-2.0

package espcheck

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// volume reads a FAT32 file system that may be damaged, as firmware would: the
// first table alone, and of a file with a broken chain what lies in front of
// the break. It is an fs.FS.
type volume struct {
	r       io.ReaderAt
	cluster int64  // bytes
	data    int64  // where cluster 2 is
	table   []byte // four bytes each
	root    uint32
}

const (
	entrySize = 32
	attrLabel = 0x08
	attrDir   = 0x10
	attrLong  = 0x0f
	maxDir    = 4096 // clusters of a directory
)

func openVolume(r io.ReaderAt) (*volume, error) {
	b := make([]byte, 512)
	if _, err := r.ReadAt(b, 0); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	sector, reserved, copies, size := int64(le.Uint16(b[11:])), int64(le.Uint16(b[14:])), int64(b[16]), int64(le.Uint32(b[36:]))
	if sector != 512 || b[13] == 0 || copies == 0 || size == 0 || size > 1<<20 || le.Uint16(b[510:]) != 0xaa55 {
		return nil, errors.New("not a FAT32 file system")
	}
	v := &volume{r: r, cluster: int64(b[13]) * sector, data: (reserved + copies*size) * sector, table: make([]byte, size*sector), root: le.Uint32(b[44:])}
	_, err := r.ReadAt(v.table, reserved*sector)
	return v, err
}

// chain is the clusters that begin with first, up to the end, a break, or max.
func (v *volume) chain(first uint32, most int64) []uint32 {
	var chain []uint32
	for c := first; c >= 2 && int64(c) < int64(len(v.table)/4) && int64(len(chain)) < most; {
		chain = append(chain, c)
		c = binary.LittleEndian.Uint32(v.table[c*4:]) & 0x0fffffff
	}
	return chain
}

// node is an entry of a directory. It is its own fs.FileInfo and fs.DirEntry.
type node struct {
	name  string
	dir   bool
	first uint32
	size  int64
}

func (n node) Name() string               { return n.name }
func (n node) Size() int64                { return n.size }
func (n node) IsDir() bool                { return n.dir }
func (n node) ModTime() time.Time         { return time.Time{} }
func (n node) Sys() any                   { return nil }
func (n node) Info() (fs.FileInfo, error) { return n, nil }
func (n node) Type() fs.FileMode          { return n.Mode().Type() }

func (n node) Mode() fs.FileMode {
	if n.dir {
		return fs.ModeDir | 0o755
	}
	return 0o644
}

// list reads a directory.
func (v *volume) list(first uint32) ([]node, error) {
	var nodes []node
	var long []uint16 // of the entry to come
	var sum byte      // of its short name
	b := make([]byte, v.cluster)
	for _, c := range v.chain(first, maxDir) {
		if _, err := v.r.ReadAt(b, v.data+int64(c-2)*v.cluster); err != nil {
			return nil, err
		}
		for e := range slices.Chunk(b, entrySize) {
			switch {
			case e[0] == 0:
				return nodes, nil
			case e[0] == 0xe5:
				long = nil
			case e[11]&0x3f == attrLong:
				if e[0]&0x40 != 0 {
					long, sum = nil, e[13]
				}
				long = append(longPiece(e), long...)
				if e[13] != sum {
					long = nil
				}
			case e[11]&attrLabel != 0 || e[0] == '.':
				long = nil
			default:
				le := binary.LittleEndian
				n := node{name: shortName(e), dir: e[11]&attrDir != 0, size: int64(le.Uint32(e[28:]))}
				n.first = uint32(le.Uint16(e[20:]))<<16 | uint32(le.Uint16(e[26:]))
				if len(long) > 0 && sum == checksum(e) {
					n.name = string(utf16.Decode(long))
				}
				nodes, long = append(nodes, n), nil
			}
		}
	}
	return nodes, nil
}

// longPiece is the part of a long name in one entry.
func longPiece(e []byte) []uint16 {
	var units []uint16
	for _, at := range []int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30} {
		u := binary.LittleEndian.Uint16(e[at:])
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return units
}

func checksum(e []byte) (sum byte) {
	for _, c := range e[:11] {
		sum = sum>>1 | sum<<7
		sum += c
	}
	return sum
}

// shortName is the name in the old form. Two bits say which half of it is in
// small letters.
func shortName(e []byte) string {
	stem, ext := strings.TrimRight(string(e[:8]), " "), strings.TrimRight(string(e[8:11]), " ")
	if e[12]&0x08 != 0 {
		stem = strings.ToLower(stem)
	}
	if e[12]&0x10 != 0 {
		ext = strings.ToLower(ext)
	}
	if ext != "" {
		return stem + "." + ext
	}
	return stem
}

// find walks to a name. Case does not matter.
func (v *volume) find(op, name string) (node, error) {
	at := node{name: ".", dir: true, first: v.root}
	if !fs.ValidPath(name) {
		return at, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	for part := range strings.SplitSeq(path.Clean(name), "/") {
		if part == "." {
			continue
		}
		nodes, err := v.list(at.first)
		if err != nil {
			return at, &fs.PathError{Op: op, Path: name, Err: err}
		}
		i := slices.IndexFunc(nodes, func(n node) bool { return strings.EqualFold(n.name, part) })
		if i < 0 || !at.dir {
			return at, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
		at = nodes[i]
	}
	return at, nil
}

func (v *volume) Stat(name string) (fs.FileInfo, error) { return v.find("stat", name) }

func (v *volume) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := v.find("readdir", name)
	if err != nil {
		return nil, err
	}
	nodes, err := v.list(n.first)
	var entries []fs.DirEntry
	for _, n := range nodes {
		entries = append(entries, n)
	}
	return entries, err
}

func (v *volume) Open(name string) (fs.File, error) {
	n, err := v.find("open", name)
	if err != nil {
		return nil, err
	}
	f := &fatFile{volume: v, node: n}
	f.clusters = v.chain(n.first, (n.size+v.cluster-1)/v.cluster)
	f.SectionReader = io.NewSectionReader(clusterReader{f}, 0, n.size)
	return f, nil
}

// fatFile is an open file.
type fatFile struct {
	*io.SectionReader
	volume   *volume
	node     node
	clusters []uint32
}

func (f *fatFile) Stat() (fs.FileInfo, error) { return f.node, nil }
func (f *fatFile) Close() error               { return nil }

// clusterReader reads a file's clusters.
type clusterReader struct{ *fatFile }

func (f clusterReader) ReadAt(b []byte, offset int64) (int, error) {
	for done := 0; done < len(b); {
		at := offset + int64(done)
		number, in := at/f.volume.cluster, at%f.volume.cluster
		if number >= int64(len(f.clusters)) {
			return done, fmt.Errorf("the chain of %s has %d clusters: %w", f.node.name, len(f.clusters), io.ErrUnexpectedEOF)
		}
		n := min(int(f.volume.cluster-in), len(b)-done)
		if n, err := f.volume.r.ReadAt(b[done:done+n], f.volume.data+int64(f.clusters[number]-2)*f.volume.cluster+in); err != nil {
			return done + n, err
		}
		done += n
	}
	return len(b), nil
}
