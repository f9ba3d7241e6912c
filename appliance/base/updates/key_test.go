// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"understudy/pkgstore/checkin"
)

func TestDownloadKey(t *testing.T) {
	b := newBox(t, "uefi")
	if _, err := b.DownloadKey(t.Context(), ada); !errors.Is(err, ErrNoIdentity) {
		t.Errorf("without an identity: %v", err)
	}
	_, b.key, _ = ed25519.GenerateKey(nil)
	line, err := b.DownloadKey(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	s, err := checkin.Parse(line)
	if err != nil || s.Check(time.Now()) != nil {
		t.Fatalf("%+v, %v, %v", s, err, s.Check(time.Now()))
	}
	if s.Purpose != checkin.Download || s.Serial != "TEST-0001" || s.Hostname != "box.example.com" || !s.Key.Equal(b.key.Public()) ||
		len(s.Installed) != 1 || s.Installed[0] != baseRelease(oldBase) {
		t.Errorf("the key says %+v", s)
	}
	if again, err := b.DownloadKey(t.Context(), ada); err != nil || again == line {
		t.Errorf("a second key is the first one (%v)", err)
	}
}

func TestOldVersionsMakeNoKeys(t *testing.T) {
	b := newBox(t, "uefi")
	b.Running = slotsRelease("3.2.4")
	if _, err := b.DownloadKey(t.Context(), ada); !errors.Is(err, ErrKeyFromSupport) || b.MakesKeys() {
		t.Errorf("Base Software 3.2.4 makes a key: %v", err)
	}
}
