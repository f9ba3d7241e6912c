// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

func TestOfflineFile(t *testing.T) {
	r := newRepo(t)
	d := r.client()
	file := r.offline()
	for _, src := range []io.Reader{bytes.NewReader(file), iotest.OneByteReader(bytes.NewReader(file)), iotest.DataErrReader(bytes.NewReader(file))} {
		got, pkg, err := OpenOffline(src, d, epoch.Add(300*day), false)
		if err != nil || got.Summary.Name != "Base Software 3.3.2" {
			t.Fatal(got, err)
		}
		if data, err := io.ReadAll(pkg); err != nil || !bytes.Equal(data, body) {
			t.Fatalf("%d bytes, %v", len(data), err)
		}
	}
	_, err := read(file, d, epoch.Add(366*day), false)
	wantCheck(t, err, Expired)
	if _, err := read(file, d, epoch.Add(366*day), true); err != nil {
		t.Errorf("waived: %v", err)
	}
	if err := WriteOffline(io.Discard, r.keys.Roots(), r.pub.Targets(), "base-3.3.2", bytes.NewReader(body[1:])); err == nil {
		t.Error("wrote an offline file with another package")
	}
}

// A file that is sent slowly, or not at all, keeps nobody from what is trusted.
func TestOfflineFileThatComesSlowly(t *testing.T) {
	r := newRepo(t)
	d := r.client()
	file, sender := io.Pipe()
	opened, refreshed := make(chan error, 1), make(chan error, 1)
	go func() {
		_, _, err := OpenOffline(file, d, epoch, false)
		opened <- err
	}()
	if _, err := io.WriteString(sender, OfflineMagic); err != nil { // and it is being read
		t.Fatal(err)
	}
	go func() {
		_, err := r.refresh(d, epoch)
		refreshed <- err
	}()
	select {
	case err := <-refreshed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the refresh waits for the file")
	}
	sender.Close()
	wantCheck(t, <-opened, Format)
}

func TestOfflineRefusesOneChangedByte(t *testing.T) {
	r := newRepo(t)
	d := r.client()
	file := r.offline()
	for i := 0; i < len(file); i += 29 {
		bad := bytes.Clone(file)
		bad[i] ^= 0x20
		_, err := read(bad, d, epoch, false)
		if err == nil {
			t.Fatalf("byte %d changed from %q to %q was accepted", i, file[i], bad[i])
		}
		wantCheck(t, err, Signature, UnknownKey, Format, Mixed, Length, Hash)
	}
}

func TestOfflineRefuses(t *testing.T) {
	r := newRepo(t)
	d := r.client()
	file := r.offline()
	other := newRepo(t)
	meta := len(file) - len(body)
	with := func(m offline, pkg []byte) []byte {
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return append(append(binary.BigEndian.AppendUint32([]byte(OfflineMagic), uint32(len(data))), data...), pkg...)
	}
	parts := func() offline {
		m, err := readOffline(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	unsigned, err := decode[metadata.TargetsType](metadata.TARGETS, r.pub.Targets())
	if err != nil {
		t.Fatal(err)
	}
	unsigned.Signatures = []metadata.Signature{}
	bare, err := unsigned.ToBytes(false)
	if err != nil {
		t.Fatal(err)
	}
	noRoots, stranger, renamed := parts(), parts(), parts()
	noRoots.Targets = bare
	stranger.Targets = other.pub.Targets()
	stranger.Root = []json.RawMessage{}
	renamed.Name = "base-4.2.1"
	huge := binary.BigEndian.AppendUint32([]byte(OfflineMagic), offlineLimit+1)
	changed := bytes.Clone(file)
	changed[len(changed)-1]++
	for _, c := range []struct {
		name, check string
		file        []byte
	}{
		{"empty", Format, nil},
		{"cut in the magic", Format, file[:5]},
		{"cut in the length", Format, file[:10]},
		{"cut in the metadata", Length, file[:meta-1]},
		{"no package", Length, file[:meta]},
		{"cut in the package", Length, file[:len(file)-1]},
		{"padded", Length, append(bytes.Clone(file), 0)},
		{"package changed", Hash, changed},
		{"package of another version", Length, append(bytes.Clone(file[:meta]), body[9:]...)},
		{"huge metadata", Length, append(huge, make([]byte, 1<<20)...)},
		{"signed by nobody", Signature, with(noRoots, body)},
		{"signed by an unknown key", UnknownKey, with(stranger, body)},
		{"name of another version", Mixed, with(renamed, body)},
		{"text", Format, []byte("<!doctype html><title>404</title>")},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(c.file, d, epoch, false)
			wantCheck(t, err, c.check)
		})
	}
}

func TestOfflineAfterRefresh(t *testing.T) {
	r := newRepo(t)
	d := r.client()
	old := r.offline()
	r.mustRefresh(d, epoch)
	r.publish(epoch.Add(day), target("3.3.2", body), target("4.2.1", body))
	if _, err := read(old, d, epoch.Add(day), false); err != nil {
		t.Errorf("before the client saw newer: %v", err)
	}
	r.mustRefresh(d, epoch.Add(day))
	_, err := read(old, r.restarted(d), epoch.Add(day), false)
	wantCheck(t, err, RolledBack)
}

// A file with newer roots brings them; afterwards the old keys are worth nothing.
func TestOfflineRotation(t *testing.T) {
	r := newRepo(t)
	d := r.client()
	old := r.offline()
	if err := r.keys.Rotate(epoch); err != nil {
		t.Fatal(err)
	}
	r.publish(epoch.Add(day), target("3.3.2", body))
	if _, err := read(r.offline(), d, epoch.Add(day), false); err != nil {
		t.Fatal(err)
	}
	_, err := read(old, r.restarted(d), epoch.Add(day), false)
	wantCheck(t, err, UnknownKey)
}

// The caller may read just as many bytes as were signed for.
func TestReaderHandsOutNothingWrong(t *testing.T) {
	tg := target("3.3.2", body)
	buf := make([]byte, len(body))
	if _, err := io.ReadFull(tg.Reader(bytes.NewReader(body)), buf); err != nil {
		t.Error(err)
	}
	bad := append(bytes.Clone(body), 0)
	_, err := io.ReadFull(tg.Reader(bytes.NewReader(bad)), buf)
	wantCheck(t, err, Length)
	broken := errors.New("broken wire")
	_, err = io.ReadAll(tg.Reader(io.MultiReader(bytes.NewReader(body[:10]), iotest.ErrReader(broken))))
	if !errors.Is(err, broken) {
		t.Error(err)
	}
}
