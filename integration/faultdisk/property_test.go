// SPDX-License-Identifier: Apache-2.0

package faultdisk

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// client speaks NBD as simply as it can be spoken.
type client struct {
	t    *rapid.T
	conn net.Conn
}

func dial(t *rapid.T, path string) *client {
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t, conn}
	c.read(18)
	c.send(uint32(fixedNewstyle|noZeroes), uint64(optionMagic), uint32(optExportName), uint32(0))
	c.read(10)
	return c
}

func (c *client) send(fields ...any) {
	for _, f := range fields {
		if err := binary.Write(c.conn, binary.BigEndian, f); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *client) read(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(c.conn, b); err != nil {
		c.t.Fatal(err)
	}
	return b
}

// ask sends a request and returns the error code and n bytes of the answer.
func (c *client) ask(kind, flags uint16, offset, length int, data []byte, n int) (uint32, []byte) {
	c.send(uint32(requestMagic), flags, kind, uint64(7), uint64(offset), uint32(length), data)
	head := c.read(16)
	code := binary.BigEndian.Uint32(head[4:])
	if code != 0 {
		return code, nil
	}
	return 0, c.read(n)
}

// model is the disk as a list of contents: after each flush, and now.
type model struct {
	now     []byte
	durable []byte   // after the last flush
	stages  [][]byte // durable at each boundary
	writes  []Write  // since the last flush
	all     [][]Write
}

func (m *model) write(w Write) {
	m.writes = append(m.writes, w)
	put(m.now, w)
}

func (m *model) flush() {
	if len(m.writes) > 0 {
		m.stages, m.all = append(m.stages, m.durable), append(m.all, m.writes)
		m.durable, m.writes = bytes.Clone(m.now), nil
	}
}

func put(b []byte, w Write) {
	for i := range w.Length {
		b[w.Offset+i] = 0
		if w.Data != nil {
			b[w.Offset+i] = w.Data[i]
		}
	}
}

// TestAgainstModel does anything to a disk and compares it, and every cut of
// it, with the model.
func TestAgainstModel(t *testing.T) {
	const size = 24<<10 + 3*SectorSize
	rapid.Check(t, func(rt *rapid.T) {
		base := rapid.SliceOfN(rapid.Byte(), size, size).Draw(rt, "base")
		d := New(bytes.NewReader(base), size)
		defer d.Close()
		path := filepath.Join(t.TempDir(), "s")
		if err := d.Listen(path); err != nil {
			rt.Fatal(err)
		}
		c := dial(rt, path)
		defer c.conn.Close()
		m := &model{now: bytes.Clone(base), durable: base}
		span := func() (int, int) {
			first := rapid.IntRange(0, size/SectorSize-1).Draw(rt, "first")
			n := rapid.IntRange(1, min(20, size/SectorSize-first)).Draw(rt, "sectors")
			return first * SectorSize, n * SectorSize
		}
		done := func(code uint32, _ []byte) {
			if code != 0 {
				rt.Fatalf("error %d", code)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) {},
			"write": func(rt *rapid.T) {
				at, n := span()
				data := bytes.Repeat([]byte{rapid.Byte().Draw(rt, "value")}, n)
				done(c.ask(cmdWrite, 0, at, n, data, 0))
				m.write(Write{Offset: int64(at), Length: int64(n), Data: data})
			},
			"zero": func(rt *rapid.T) {
				at, n := span()
				done(c.ask(rapid.SampledFrom([]uint16{cmdTrim, cmdWriteZeroes}).Draw(rt, "kind"), 0, at, n, nil, 0))
				m.write(Write{Offset: int64(at), Length: int64(n)})
			},
			"flush": func(rt *rapid.T) {
				done(c.ask(cmdFlush, 0, 0, 0, nil, 0))
				m.flush()
			},
			"read": func(rt *rapid.T) {
				at, n := span()
				if _, got := c.ask(cmdRead, 0, at, n, nil, n); !bytes.Equal(got, m.now[at:at+n]) {
					rt.Fatalf("%d bytes at %d differ", n, at)
				}
			},
			"beyond": func(rt *rapid.T) {
				if code, _ := c.ask(cmdWrite, 0, size-SectorSize, 2*SectorSize, make([]byte, 2*SectorSize), 0); code != errInvalid {
					rt.Fatalf("writing beyond the end: error %d", code)
				}
			},
		})
		m.stages, m.all = append(m.stages, m.durable), append(m.all, m.writes)
		if n := d.Boundaries(); n != len(m.stages) {
			rt.Fatalf("%d boundaries, want %d", n, len(m.stages))
		}
		seed := rapid.Uint64().Draw(rt, "seed")
		for i, durable := range m.stages {
			checkCuts(t, rt, d, i, durable, m.all[i], seed)
		}
	})
}

// checkCuts compares one boundary with what was durable and what was pending.
func checkCuts(t *testing.T, rt *rapid.T, d *Disk, i int, durable []byte, pending []Write, seed uint64) {
	all := bytes.Clone(durable)
	for _, w := range pending {
		put(all, w)
	}
	if !bytes.Equal(content(t, d.Replay(i, KeepAll)), all) {
		rt.Fatalf("boundary %d: what is kept differs", i)
	}
	if !bytes.Equal(content(t, d.Replay(i, DropAll)), durable) {
		rt.Fatalf("boundary %d: what was durable differs", i)
	}
	for name, p := range map[string]Policy{"subset": Subset(seed), "torn": TornLast(seed)} {
		got := content(t, d.Replay(i, p))
		for at := 0; at < len(got); at += SectorSize {
			if !possible(got[at:at+SectorSize], at, durable, pending) {
				rt.Fatalf("boundary %d, %s: the sector at %d is neither old nor as it was written", i, name, at)
			}
		}
		if !bytes.Equal(got, content(t, d.Replay(i, p))) {
			rt.Fatalf("boundary %d, %s: another disk the second time", i, name)
		}
	}
	checkWalk(rt, d, i, map[string]Policy{"keep": KeepAll, "drop": DropAll, "subset": Subset(seed), "torn": TornLast(seed)})
	if len(pending) == 0 {
		return
	}
	before := bytes.Clone(durable)
	for _, w := range pending[:len(pending)-1] {
		put(before, w)
	}
	last, torn := pending[len(pending)-1], content(t, d.Replay(i, TornLast(seed)))
	end := int(last.Offset+last.Length) - SectorSize
	if !bytes.Equal(torn[end:end+SectorSize], before[end:end+SectorSize]) {
		rt.Fatalf("boundary %d: the torn write is whole", i)
	}
	cut := int(last.Offset)
	for cut < end && bytes.Equal(torn[cut:cut+SectorSize], all[cut:cut+SectorSize]) {
		cut += SectorSize
	}
	if !bytes.Equal(torn[cut:], before[cut:]) || !bytes.Equal(torn[:cut], all[:cut]) {
		rt.Fatalf("boundary %d: the torn write has a hole", i)
	}
}

// checkWalk compares what a walk finds from a point on with Replay, and its sums
// and its mirror with the content.
func checkWalk(rt *rapid.T, d *Disk, from int, policies map[string]Policy) {
	at := Region{Offset: pageSize, Size: 3 * pageSize}
	want := map[string][]byte{}
	for n := from; n < d.Boundaries(); n++ {
		for name, p := range policies {
			b := make([]byte, d.Size())
			if _, err := d.Replay(n, p).ReadAt(b, 0); err != nil {
				rt.Fatal(err)
			}
			want[fmt.Sprint(n, name)] = b
		}
	}
	dir, err := os.MkdirTemp("", "walk")
	if err != nil {
		rt.Fatal(err)
	}
	defer os.RemoveAll(dir)
	mirror, err := NewMirror(filepath.Join(dir, "mirror"), d, at, true)
	if err != nil {
		rt.Fatal(err)
	}
	defer mirror.Close()
	sums := map[Sum][]byte{}
	seen := 0
	err = d.Walk(from, []Region{at}, func(int) map[string]Policy { return policies }, func(l Left) error {
		seen++
		b := make([]byte, d.Size())
		if _, err := l.ReadAt(b, 0); err != nil {
			return err
		}
		if !bytes.Equal(b, want[fmt.Sprint(l.Point, l.Policy)]) {
			rt.Fatalf("boundary %d, %s: a walk finds another disk than a replay", l.Point, l.Policy)
		}
		part := b[at.Offset:][:at.Size]
		if before, ok := sums[l.Sums[0]]; ok && !bytes.Equal(before, part) {
			rt.Fatalf("boundary %d, %s: the sum of another content", l.Point, l.Policy)
		}
		sums[l.Sums[0]] = part
		if err := mirror.Show(l); err != nil {
			return err
		}
		shown, err := os.ReadFile(mirror.Path())
		if err == nil && !bytes.Equal(shown, part) {
			rt.Fatalf("boundary %d, %s: the mirror shows something else", l.Point, l.Policy)
		}
		return err
	})
	if err != nil || seen != len(want) {
		rt.Fatalf("%d cuts of %d, %v", seen, len(want), err)
	}
}

// possible reports whether a sector may look like this after a cut.
func possible(got []byte, at int, durable []byte, pending []Write) bool {
	if bytes.Equal(got, durable[at:at+SectorSize]) {
		return true
	}
	for _, w := range pending {
		if int64(at) < w.Offset || int64(at) >= w.Offset+w.Length {
			continue
		}
		want := make([]byte, SectorSize)
		if w.Data != nil {
			want = w.Data[int64(at)-w.Offset:][:SectorSize]
		}
		if bytes.Equal(got, want) {
			return true
		}
	}
	return false
}

// Over all seeds a subset drops and keeps each write, and leaves the order of
// those that touch alone.
func TestSubset(t *testing.T) {
	pending := []Write{{Offset: 0, Length: 512}, {Offset: 512, Length: 512}, {Offset: 512, Length: 1024, Data: make([]byte, 1024)}, {Offset: 8192, Length: 512}}
	kept := make([]int, len(pending))
	reordered := false
	for seed := range uint64(200) {
		last := -1
		place := map[int]int{}
		for at, w := range Subset(seed)(pending) {
			for i, p := range pending {
				if p.Offset == w.Offset && p.Length == w.Length {
					kept[i]++
					reordered = reordered || i < last
					last, place[i] = i, at
				}
			}
		}
		first, ok1 := place[1]
		second, ok2 := place[2]
		if ok1 && ok2 && second < first {
			t.Fatalf("seed %d: two writes of one place are exchanged", seed)
		}
	}
	for i, n := range kept {
		if n < 60 || n > 140 {
			t.Errorf("write %d is kept %d times of 200", i, n)
		}
	}
	if !reordered {
		t.Error("no seed changes the order")
	}
}
