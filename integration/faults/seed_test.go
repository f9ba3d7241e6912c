// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"strings"
	"testing"

	"understudy/integration/box"
)

// badSeed is a first-boot seed that must not be applied. Each is given to a box
// that wants no seed, in one of the other tests of this package.
type badSeed struct {
	bytes  []byte
	volume bool   // by a FAT volume instead of by the firmware
	says   string // what is told about it
}

// name is what every bad seed would call the box.
const seedName = "bad-seed-was-applied"

var (
	unknownKey = badSeed{bytes: []byte("hostname = \"" + seedName + "\"\n\n[network]\ngateway = \"10.0.2.2\"\n"), says: "network.gateway"}
	wrongType  = badSeed{bytes: []byte("hostname = \"" + seedName + "\"\n[https]\npublic_port = \"https\"\n"), volume: true, says: "https.public_port"}
	tooLarge   = badSeed{bytes: append([]byte("hostname = \""+seedName+"\"\n# "), strings.Repeat("x", 10<<20)...), says: "64 KiB"}
	notText    = badSeed{bytes: []byte("hostname = \"" + seedName + "\"\ntimezone = \"\xff\xfe\"\n"), says: "UTF-8"}
)

// seedRefused checks that a bad seed is shown on the console and on Status >
// Basics, and that the box came up as if there were none. It makes the first
// sign-in.
func seedRefused(t *testing.T, b *box.Box, s badSeed) {
	t.Helper()
	if !strings.Contains(b.Console.Text(), s.says) {
		t.Errorf("the console does not say %q about the seed", s.says)
	}
	p := b.FirstSignIn(t)
	p.Open("/appliance/status/basics")
	p.See("Seed", s.says, "nothing of it was applied")
	if name := p.Fact("Host Name"); name == seedName {
		t.Errorf("the host name of the bad seed was applied")
	}
}
