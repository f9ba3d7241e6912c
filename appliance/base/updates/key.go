// SPDX-License-Identifier: Apache-2.0

package updates

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"

	"understudy/appliance/audit"
	"understudy/pkgstore/checkin"
	"understudy/pkgstore/pack"
)

// keyFrom is the first Base software that makes download keys (guide: Upgrade a
// Single Appliance Using Manual Updates).
const keyFrom = "3.3.2"

// Errors of DownloadKey, as people read them.
var (
	ErrKeyFromSupport = errors.New("this version makes no download keys, Base Software " + keyFrom + " is the first that does: ask Support for one, and give them the serial number on Status > Basics")
	ErrNoIdentity     = errors.New("this appliance has no identity key, because no disk carries its record: attach its disk and start it again")
)

// Self is how the box is known to an update server.
type Self struct {
	Serial   string
	Hostname string
	Key      ed25519.PrivateKey // nil if the box has none
}

// DownloadKey makes an Appliance Download Key: a line that says, signed by the
// box, which box this is and what it runs. It is valid for seven days, by the
// box's clock.
func (s *Service) DownloadKey(ctx context.Context, by audit.Actor) (string, error) {
	if !s.MakesKeys() {
		return "", ErrKeyFromSupport
	}
	line, err := s.statement(ctx, checkin.Download)
	if err != nil {
		return "", err
	}
	return line, s.Audit.Append(ctx, by, audit.Entry{Action: "updates.key", Object: "download key", Outcome: audit.OK})
}

// MakesKeys reports whether this version makes download keys.
func (s *Service) MakesKeys() bool { return pack.CompareVersions(s.Running.Version, keyFrom) >= 0 }

// statement signs what the box says of itself.
func (s *Service) statement(ctx context.Context, purpose checkin.Purpose) (string, error) {
	self := s.Self()
	if self.Key == nil {
		return "", ErrNoIdentity
	}
	st := checkin.Statement{Purpose: purpose, Serial: self.Serial, Hostname: self.Hostname, At: s.Now()}
	rand.Read(st.Nonce[:])
	installed, err := s.installed(ctx)
	if err != nil {
		return "", err
	}
	for _, r := range []pack.Release{installed.Base, installed.Site, installed.License} {
		if r.Version != "" {
			st.Installed = append(st.Installed, r)
		}
	}
	return checkin.Sign(self.Key, st)
}
