// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
)

// sparseDisk is a disk of any size that keeps only the sectors written to it.
// After left writes it fails as a disk does whose power is cut.
type sparseDisk struct {
	size    int64
	sectors map[int64][]byte
	left    int // sectors that may still be written; negative: no limit
}

var errPowerCut = errors.New("power cut")

func newDisk(size int64) *sparseDisk {
	return &sparseDisk{size: size, sectors: map[int64][]byte{}, left: -1}
}

func (d *sparseDisk) ReadAt(p []byte, off int64) (int, error) {
	for n := range p {
		at := off + int64(n)
		if at >= d.size {
			return n, io.EOF
		}
		p[n] = 0
		if s := d.sectors[at/SectorSize]; s != nil {
			p[n] = s[at%SectorSize]
		}
	}
	return len(p), nil
}

func (d *sparseDisk) WriteAt(p []byte, off int64) (int, error) {
	for n := 0; n < len(p); n += SectorSize {
		if d.left == 0 {
			return n, errPowerCut
		}
		d.left--
		d.sectors[(off+int64(n))/SectorSize] = bytes.Clone(p[n : n+SectorSize])
	}
	return len(p), nil
}

func (d *sparseDisk) Sync() error { return nil }

// imageDisk is a disk of size bytes onto which a fresh image was copied.
func imageDisk(t *testing.T, size int64) *sparseDisk {
	t.Helper()
	d := newDisk(size)
	g := NewGPT()
	copy(g.BootCode[:], "boot code")
	if err := WriteGPT(d, g); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestGPTGolden(t *testing.T) {
	primary, backup, err := NewGPT().Encode()
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for _, e := range NewGPT().Entries {
		fmt.Fprintf(&table, "%d %-8s %7d %7d %s\n", e.Index, e.Name, e.First, e.Last, e.Unique)
	}
	golden(t, "gpt.txt", table.String()+sum(primary.Bytes)+"\n"+sum(backup.Bytes)+"\n")
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func TestGPTReadsBack(t *testing.T) {
	d := imageDisk(t, ImageSize())
	got, state, err := ReadGPT(d, d.size)
	if err != nil || state.Problem() != "" {
		t.Fatalf("ReadGPT: %v, %s", err, state.Problem())
	}
	want := NewGPT()
	copy(want.BootCode[:], "boot code")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v\nwant %+v", got, want)
	}
	e, ok := got.Find(State)
	if !ok || e.Size() != PartitionFor(State).Size {
		t.Errorf("state partition: %+v, %v", e, ok)
	}
}

func TestGPTSurvivesOneBadCopy(t *testing.T) {
	for name, c := range map[string]struct {
		lba int64
		bad func(GPTState) error
	}{
		"first header":   {1, func(s GPTState) error { return s.Primary }},
		"first entries":  {2, func(s GPTState) error { return s.Primary }},
		"second header":  {ImageSize()/SectorSize - 1, func(s GPTState) error { return s.Backup }},
		"second entries": {ImageSize()/SectorSize - 33, func(s GPTState) error { return s.Backup }},
	} {
		d := imageDisk(t, ImageSize())
		d.sectors[c.lba][60] ^= 1
		g, state, err := ReadGPT(d, d.size)
		if err != nil || len(g.Entries) != 4 || string(g.BootCode[:4]) != "boot" {
			t.Errorf("%s: %+v, %v", name, g, err)
		}
		if c.bad(state) == nil || state.Problem() == "" {
			t.Errorf("%s: not reported: %+v", name, state)
		}
	}
	d := imageDisk(t, ImageSize())
	delete(d.sectors, 1)
	delete(d.sectors, d.size/SectorSize-1)
	if _, state, err := ReadGPT(d, d.size); !errors.Is(err, ErrGPT) || state.Problem() == "" {
		t.Errorf("both copies gone: %v, %q", err, state.Problem())
	}
}

func TestGPTGrows(t *testing.T) {
	for _, size := range []int64{ImageSize(), ImageSize() + 512, 2 << 30, 2<<40 + 12345*512, 20 << 40} {
		d := imageDisk(t, size)
		g, _, err := ReadGPT(d, size)
		if err != nil {
			t.Fatal(err)
		}
		grown, changed, err := g.Grow(size)
		if err != nil || changed != (size != ImageSize()) {
			t.Fatalf("growing to %d: changed %v, %v", size, changed, err)
		}
		if err := WriteGPT(d, grown); err != nil {
			t.Fatal(err)
		}
		again, state, err := ReadGPT(d, size)
		if err != nil || state.Problem() != "" || !reflect.DeepEqual(again, grown) {
			t.Fatalf("size %d: read %+v, %s, %v\nwant %+v", size, again, state.Problem(), err, grown)
		}
		e, _ := again.Find(State)
		if rest := size - e.Offset() - e.Size(); rest < 17<<10 || (rest > 2*MiB && size > ImageSize()+MiB) {
			t.Errorf("size %d: %d bytes left behind the state partition", size, rest)
		}
		if _, changed, err := again.Grow(size); changed || err != nil {
			t.Errorf("size %d: grew twice: %v", size, err)
		}
	}
}

func TestGPTGrowRefuses(t *testing.T) {
	if _, _, err := NewGPT().Grow(ImageSize() - MiB); !errors.Is(err, ErrGPT) {
		t.Errorf("smaller disk: %v", err)
	}
	g := NewGPT()
	g.Entries = g.Entries[:3]
	if _, _, err := g.Grow(2 << 30); !errors.Is(err, ErrGPT) {
		t.Errorf("no state partition: %v", err)
	}
	g = NewGPT()
	g.Sectors *= 2
	last := g.Entries[3].Last
	g.Entries = append(g.Entries, Entry{Index: 5, Type: DeriveGUID("x"), First: last + 1, Last: last + 2})
	if _, _, err := g.Grow(4 << 30); !errors.Is(err, ErrGPT) {
		t.Errorf("partition behind: %v", err)
	}
}

// A power cut after any sector of the growth leaves a disk whose table can be
// read and grown to the same end.
func TestGPTGrowSurvivesPowerCuts(t *testing.T) {
	const size = 4 << 30
	want, _, err := NewGPT().Grow(size)
	if err != nil {
		t.Fatal(err)
	}
	copy(want.BootCode[:], "boot code")
	const writes = 2 * (1 + 1 + gptTableSectors)
	for cut := range writes {
		d := imageDisk(t, size)
		d.left = cut
		if err := WriteGPT(d, want); !errors.Is(err, errPowerCut) && cut < writes-1 {
			t.Fatalf("cut %d did not happen: %v", cut, err)
		}
		d.left = -1
		g, _, err := ReadGPT(d, size)
		if err != nil {
			t.Fatalf("after a cut at sector %d: %v", cut, err)
		}
		grown, _, err := g.Grow(size)
		if err != nil || !reflect.DeepEqual(grown, want) {
			t.Fatalf("after a cut at sector %d: %+v, %v", cut, grown, err)
		}
	}
}

func TestGPTCheckRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*GPT){
		"overlap":       func(g *GPT) { g.Entries[1].First-- },
		"backwards":     func(g *GPT) { g.Entries[1].Last = g.Entries[1].First - 1 },
		"beyond end":    func(g *GPT) { g.Entries[3].Last = g.Sectors },
		"inside table":  func(g *GPT) { g.Entries[0].First = 2 },
		"no type":       func(g *GPT) { g.Entries[0].Type = GUID{} },
		"same number":   func(g *GPT) { g.Entries[1].Index = 1 },
		"number 0":      func(g *GPT) { g.Entries[0].Index = 0 },
		"long name":     func(g *GPT) { g.Entries[0].Name = strings.Repeat("n", 37) },
		"tiny disk":     func(g *GPT) { g.Sectors = 10 },
		"negative disk": func(g *GPT) { g.Sectors = -10 },
	} {
		g := NewGPT()
		spoil(&g)
		if _, _, err := g.Encode(); !errors.Is(err, ErrGPT) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzGPT(f *testing.F) {
	p, b, err := NewGPT().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(p.Bytes, b.Bytes)
	f.Add([]byte("EFI PART"), []byte{})
	f.Fuzz(func(t *testing.T, start, end []byte) {
		d := newDisk(4 << 20)
		for _, piece := range []Piece{{0, start}, {d.size - int64(len(end))/SectorSize*SectorSize, end}} {
			whole := piece.Bytes[:len(piece.Bytes)/SectorSize*SectorSize]
			if int64(len(whole)) <= d.size {
				d.WriteAt(whole, piece.Offset)
			}
		}
		g, _, err := ReadGPT(d, d.size)
		if err != nil {
			return
		}
		if err := WriteGPT(d, g); err != nil {
			t.Skip("more entries than are written back")
		}
		if again, _, err := ReadGPT(d, d.size); err != nil || !reflect.DeepEqual(again, g) {
			t.Fatalf("wrote %+v, read %+v, %v", g, again, err)
		}
		g.Grow(1 << 40)
	})
}
