// SPDX-License-Identifier: Apache-2.0

package bootimg

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf16"
)

const (
	fatEntry     = 32 // bytes of a directory entry
	longPerEntry = 13 // characters of a long name in one entry
	attrLabel    = 0x08
	attrDir      = 0x10
	attrArchive  = 0x20
	attrLong     = 0x0f
)

// fatNode is a file or a directory.
type fatNode struct {
	name     string
	short    [11]byte
	parent   *fatNode // nil for the root
	dir      bool
	children []*fatNode
	data     []byte
	cluster  uint32 // the first; 0 for an empty file
}

// newFATTree makes the directories that the files need.
func newFATTree(files []espFile) (*fatNode, error) {
	root := &fatNode{dir: true}
	for _, f := range files {
		path, ok := strings.CutPrefix(f.path, "/")
		if !ok || len(f.data) > 1<<30 {
			return nil, fmt.Errorf("%q is no path, or the file is too large", f.path)
		}
		at := root
		names := strings.Split(path, "/")
		for i, name := range names {
			next, err := at.child(name, i < len(names)-1)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.path, err)
			}
			at = next
		}
		at.data = f.data
	}
	return root, nil
}

var (
	fatName  = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._+-]{0,99}$`)
	fatShort = regexp.MustCompile(`^([A-Z0-9_-]{1,8})(?:\.([A-Z0-9_-]{1,3}))?$`)
)

// child returns the directory with this name, which may be there already, or
// adds a file, which may not.
func (n *fatNode) child(name string, dir bool) (*fatNode, error) {
	for _, c := range n.children {
		if strings.EqualFold(c.name, name) {
			if c.name == name && c.dir && dir {
				return c, nil
			}
			return nil, fmt.Errorf("%q and %q are one name to FAT", c.name, name)
		}
	}
	if !fatName.MatchString(name) || !n.dir {
		return nil, fmt.Errorf("%q is not a name for FAT", name)
	}
	c := &fatNode{name: name, parent: n, dir: dir}
	c.short = shortName(name, len(n.children)+1)
	n.children = append(n.children, c)
	return c, nil
}

// shortName is the name in the old form of eight and three characters. For a
// name that does not have that form it is a number, different in one
// directory.
func shortName(name string, number int) [11]byte {
	var s [11]byte
	if m := fatShort.FindStringSubmatch(name); m != nil {
		copy(s[:], fmt.Sprintf("%-8s%-3s", m[1], m[2]))
		return s
	}
	copy(s[:], fmt.Sprintf("US~%-5d   ", number))
	return s
}

// all lists the node and everything below it, directories before the files.
func (n *fatNode) all() []*fatNode {
	dirs, files := []*fatNode{n}, []*fatNode(nil)
	for i := 0; i < len(dirs); i++ {
		for _, c := range dirs[i].children {
			if c.dir {
				dirs = append(dirs, c)
			} else {
				files = append(files, c)
			}
		}
	}
	return append(dirs, files...)
}

// allocate gives the node clusters at the end of the table.
func (n *fatNode) allocate(table []uint32) []uint32 {
	size := len(n.data)
	if n.dir {
		size = fatEntry * 3 // label or the two dots, and the end
		for _, c := range n.children {
			size += fatEntry * (1 + c.longEntries())
		}
	}
	count := (size + clusterSize - 1) / clusterSize
	if count == 0 {
		return table
	}
	n.cluster = uint32(len(table))
	for range count - 1 {
		table = append(table, uint32(len(table)+1))
	}
	return append(table, fatEnd)
}

// longEntries is how many entries the long name takes.
func (n *fatNode) longEntries() int {
	if fatShort.MatchString(n.name) {
		return 0
	}
	return (len(n.name) + longPerEntry - 1) / longPerEntry
}

// content is what the node's clusters hold.
func (n *fatNode) content(label string, at time.Time) []byte {
	if !n.dir {
		return n.data
	}
	var b []byte
	if n.parent == nil {
		b = appendEntry(b, [11]byte([]byte(fmt.Sprintf("%-11.11s", label))), attrLabel, 0, 0, at)
	} else {
		up := n.parent.cluster
		if n.parent.parent == nil {
			up = 0 // so the root is called here
		}
		b = appendEntry(b, [11]byte([]byte(".          ")), attrDir, n.cluster, 0, at)
		b = appendEntry(b, [11]byte([]byte("..         ")), attrDir, up, 0, at)
	}
	for _, c := range n.children {
		b = c.appendLong(b)
		if c.dir {
			b = appendEntry(b, c.short, attrDir, c.cluster, 0, at)
		} else {
			b = appendEntry(b, c.short, attrArchive, c.cluster, len(c.data), at)
		}
	}
	return b
}

func appendEntry(b []byte, name [11]byte, attr byte, cluster uint32, size int, at time.Time) []byte {
	le := binary.LittleEndian
	e := make([]byte, fatEntry)
	copy(e, name[:])
	e[11] = attr
	day, clock := dosTime(at)
	le.PutUint16(e[14:], clock)
	le.PutUint16(e[16:], day)
	le.PutUint16(e[18:], day)
	le.PutUint16(e[20:], uint16(cluster>>16))
	le.PutUint16(e[22:], clock)
	le.PutUint16(e[24:], day)
	le.PutUint16(e[26:], uint16(cluster))
	le.PutUint32(e[28:], uint32(size))
	return append(b, e...)
}

// appendLong writes the long name: entries in front of the short one, the last
// piece first, each with a checksum of the short name.
func (n *fatNode) appendLong(b []byte) []byte {
	count := n.longEntries()
	if count == 0 {
		return b
	}
	var sum byte
	for _, c := range n.short {
		sum = sum>>1 | sum<<7
		sum += c
	}
	units := append(utf16.Encode([]rune(n.name)), 0)
	for len(units) < count*longPerEntry {
		units = append(units, 0xffff)
	}
	for i := count; i > 0; i-- {
		e := make([]byte, fatEntry)
		e[0] = byte(i)
		if i == count {
			e[0] |= 0x40
		}
		e[11], e[13] = attrLong, sum
		piece := units[(i-1)*longPerEntry:][:longPerEntry]
		for j, at := range []int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30} {
			binary.LittleEndian.PutUint16(e[at:], piece[j])
		}
		b = append(b, e...)
	}
	return b
}

// dosTime is a time as FAT has it: from 1980, in steps of two seconds.
func dosTime(t time.Time) (day, clock uint16) {
	t = t.UTC()
	if t.Year() < 1980 || t.Year() > 2107 {
		t = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	day = uint16((t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day())
	clock = uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
	return day, clock
}
