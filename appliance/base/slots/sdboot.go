// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"understudy/appliance/layout"
)

// sdboot is systemd-boot 252 with boot counters in the names of the images.
type sdboot struct {
	esp
	efivars string
}

// selectedVar is the variable in which systemd-boot leaves the name of the
// image as it was before the boot was counted (Boot Loader Interface).
const selectedVar = "LoaderEntrySelected-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

func (l *sdboot) Running() (Entry, error) {
	s, err := l.scan()
	if err != nil {
		return Entry{}, err
	}
	return l.running(s)
}

// running is on trial if its name had a counter when it was booted, and still
// has.
func (l *sdboot) running(s *shelf) (Entry, error) {
	n, err := l.selected()
	if err != nil {
		return Entry{}, err
	}
	entry := Entry{Release: releaseOf(n.id), State: Good, Running: true}
	if n.counted {
		entry.State = Trial
	}
	for _, image := range s.imagesOf(n.id) {
		entry.Release = l.describe(image)
		if image.counted {
			entry.TriesLeft = image.left
		} else if image.ext == extUKI {
			entry.State = Good
		}
	}
	if entry.State == Good {
		entry.TriesLeft = 0
	}
	return entry, nil
}

func (l *sdboot) selected() (ukiName, error) {
	const maxName = 512 // bytes
	b, err := os.ReadFile(filepath.Join(l.efivars, selectedVar))
	if errors.Is(err, fs.ErrNotExist) {
		return ukiName{}, ErrUnknown
	}
	if err != nil {
		return ukiName{}, fmt.Errorf("reading what the boot loader selected: %w", err)
	}
	// Four bytes of attributes, then UTF-16 with a zero at its end.
	if len(b) < 4 || len(b) > maxName || len(b)%2 != 0 {
		return ukiName{}, fmt.Errorf("%w: %d bytes in %s", ErrUnknown, len(b), selectedVar)
	}
	var units []uint16
	for b = b[4:]; len(b) > 0; b = b[2:] {
		units = append(units, binary.LittleEndian.Uint16(b))
	}
	name := strings.TrimRight(string(utf16.Decode(units)), "\x00")
	n, ok := parseUKIName(name)
	if !ok || n.ext != extUKI {
		return ukiName{}, fmt.Errorf("%w: the boot loader selected %.60q", ErrUnknown, name)
	}
	return n, nil
}

func (l *sdboot) Entries() ([]Entry, error) {
	s, err := l.scan()
	if err != nil {
		return nil, err
	}
	running, err := l.running(s)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	best := map[string]int{} // of each release, the rank of the name that counts
	for _, n := range s.images {
		if r, seen := best[n.id]; seen && r < rank(n) {
			continue
		} else if seen {
			entries = entries[:len(entries)-1] // images of one release follow each other
		}
		best[n.id] = rank(n)
		entry := Entry{Release: l.describe(n), State: [...]string{Good, Trial, Staged}[rank(n)], TriesLeft: n.left}
		if entry.State == Trial && n.left == 0 {
			entry.State = Bad
		}
		if n.id == running.Release.ID() {
			entry = running
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// look is what every change begins with.
func (l *sdboot) look() (*shelf, Entry, error) {
	s, err := l.scan()
	if err != nil {
		return nil, Entry{}, err
	}
	running, err := l.running(s)
	return s, running, err
}

func (l *sdboot) Stage(ctx context.Context, r layout.Release, uki io.Reader, size int64, progress func(int64)) error {
	s, running, err := l.look()
	if err != nil {
		return err
	}
	mirror := func() error { return l.mirror(s, running.Release.ID()) }
	return l.stage(ctx, running, s.lastGoodImage(), mirror, &staging{release: r}, uki, size, progress)
}

func (l *sdboot) Fits(size int64) error {
	s, running, err := l.look()
	if err != nil {
		return err
	}
	return l.fits(s, running, s.lastGoodImage(), false, size)
}

func (l *sdboot) Arm(r layout.Release, tries int) error {
	s, running, err := l.look()
	if err != nil {
		return err
	}
	if err := canArm(r, tries, running, s.lastGoodImage()); err != nil {
		return err
	}
	n, ok, err := l.single(s, r.ID())
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("putting %s on trial: %w", r.ID(), ErrNotStaged)
	}
	return l.rename(imagePath(n), imagePath(ukiName{id: n.id, ext: extUKI, counted: true, left: tries}))
}

func (l *sdboot) Bless(r layout.Release) error {
	s, running, err := l.look()
	if err != nil {
		return err
	}
	if running.Release.ID() != r.ID() {
		return fmt.Errorf("keeping %s: %w", r.ID(), ErrNotRunning)
	}
	n, ok, err := l.single(s, r.ID())
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("keeping %s: %w", r.ID(), ErrNotStaged)
	}
	if err := l.rename(imagePath(n), imagePath(ukiName{id: n.id, ext: extUKI})); err != nil {
		return err
	}
	return l.mirror(s, r.ID())
}

// mirror makes a good release the one that GRUB would boot, too.
func (l *sdboot) mirror(s *shelf, id string) error {
	if slot, ok := s.slotOf(id); ok {
		return l.makeGood(s, slot)
	}
	return nil
}

func (l *sdboot) Reject(r layout.Release) error {
	s, err := l.scan()
	if err != nil {
		return err
	}
	n, ok, err := l.single(s, r.ID())
	if err != nil || !ok || n.ext == extStaged {
		return err
	}
	if !n.counted {
		return fmt.Errorf("giving up %s: %w", r.ID(), ErrInUse)
	}
	to := n
	to.left, to.done = 0, max(n.done, 1)
	return l.rename(imagePath(n), imagePath(to))
}

func (l *sdboot) Drop(r layout.Release) error {
	s, running, err := l.look()
	if err != nil {
		return err
	}
	if id := r.ID(); id == running.Release.ID() || id == s.lastGoodImage() {
		return fmt.Errorf("removing %s: %w", id, ErrInUse)
	}
	return l.drop(s, r.ID())
}
