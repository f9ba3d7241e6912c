// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"runtime"
	"time"

	"understudy/appliance/layout"
	"understudy/hwprofiles"
)

// Config is what the start of the box found out.
type Config struct {
	Release  layout.Release
	Profile  hwprofiles.Profile // which model this box stands in for
	Serial   string
	GUID     string
	Key      ed25519.PrivateKey // by which others know this box; nil if it has none
	Kernel   string             // as uname -r prints it
	Firmware string             // "uefi", "bios" or "direct"

	Machine Machine              // what the machine has; nil for this one
	Uptime  func() time.Duration // since the machine started, whatever became of its clock; nil for the kernel's
	Now     func() time.Time     // nil for time.Now
}

// Facts are the lines of Status > Basics (domain model of the guide's
// preparation chapter: what decides an upgrade path).
type Facts struct {
	Product      string
	Version      string // of the Base software, "3.3.2"
	Build        string
	Built        time.Time
	Architecture string // GOARCH: "amd64"
	Kernel       string
	Firmware     string
	Model        string
	Profile      string
	Serial       string
	GUID         string
	KeyPrint     string    // fingerprint of the identity key's public half, as ssh-keygen writes one; empty without a key
	BootedAt     time.Time // by the clock as it is now, to the second
	Uptime       time.Duration
	Has          hwprofiles.Size // what the machine has
	Recommended  hwprofiles.Size // what its model should have
}

// Service answers what this box is. It is safe for concurrent use.
type Service struct{ c Config }

// New returns a service over facts that do not change while the box runs.
func New(c Config) *Service {
	if c.Machine == nil {
		c.Machine = Local("/")
	}
	if c.Uptime == nil {
		c.Uptime = sinceBoot
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{c: c}
}

// Facts returns what there is to know, the uptime as of now. What the machine
// does not tell is zero.
func (s *Service) Facts() Facts {
	c, uptime := s.c, s.c.Uptime()
	return Facts{
		Product: c.Release.Product, Version: c.Release.Version, Build: c.Release.Build, Built: c.Release.Built,
		Architecture: runtime.GOARCH, Kernel: c.Kernel, Firmware: c.Firmware,
		Model: c.Profile.Model, Profile: c.Profile.Name, Serial: c.Serial, GUID: c.GUID, KeyPrint: keyPrint(c.Key),
		BootedAt: c.Now().Add(-uptime).Round(time.Second), Uptime: uptime,
		Has: c.Machine.Size(), Recommended: c.Profile.Recommended,
	}
}

// keyPrint is SHA-256 over the public key, in base64 without padding.
func keyPrint(key ed25519.PrivateKey) string {
	if key == nil {
		return ""
	}
	sum := sha256.Sum256(key.Public().(ed25519.PublicKey))
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}
