// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// MaxSeed is the largest seed that is read, in bytes.
const MaxSeed = 64 << 10

// Seed is the first-boot seed: what a box is told about itself before anyone
// has signed in. It is a TOML file; every entry may be left out.
type Seed struct {
	Hostname string       `toml:"hostname,omitempty"` // RFC 1123, with or without a domain
	Serial   string       `toml:"serial,omitempty"`   // used if SMBIOS has none
	Profile  string       `toml:"profile,omitempty"`  // name of a hardware profile
	Timezone string       `toml:"timezone,omitempty"` // IANA name, such as Europe/Vienna
	Network  SeedNetwork  `toml:"network,omitempty"`
	Update   SeedUpdate   `toml:"update,omitempty"`
	Accounts SeedAccounts `toml:"accounts,omitempty"`
	HTTPS    SeedHTTPS    `toml:"https,omitempty"`
	Test     SeedTest     `toml:"test,omitempty"`
}

// SeedNetwork is the first network configuration.
type SeedNetwork struct {
	Interfaces []SeedInterface `toml:"interfaces,omitempty"`
	Gateway4   string          `toml:"gateway4,omitempty"`
	Gateway6   string          `toml:"gateway6,omitempty"`
	DNS        []string        `toml:"dns,omitempty"` // address, or address:port
	NTP        []string        `toml:"ntp,omitempty"` // host, or host:port
}

// SeedInterface names a network interface by its MAC address or its name and
// gives it static addresses, DHCP, or both.
type SeedInterface struct {
	MAC       string   `toml:"mac,omitempty"`
	Name      string   `toml:"name,omitempty"`
	DHCP      bool     `toml:"dhcp,omitempty"`
	Addresses []string `toml:"addresses,omitempty"` // CIDR: 192.0.2.10/24
}

// SeedUpdate says where updates come from and whom to trust for them.
type SeedUpdate struct {
	Server    string `toml:"server,omitempty"`     // host, or host:port
	TrustRoot string `toml:"trust_root,omitempty"` // TUF root metadata: a JSON object as text
}

// SeedAccounts replaces the factory passwords by hashes in the PHC string
// format (argon2id).
type SeedAccounts struct {
	AdminPasswordHash string `toml:"admin_password_hash,omitempty"` // /appliance
	SitePasswordHash  string `toml:"site_password_hash,omitempty"`  // /login
}

// SeedHTTPS describes how the box is reached from outside.
type SeedHTTPS struct {
	PublicPort int `toml:"public_port,omitempty"` // port that the redirect from port 80 names
}

// SeedTest shortens waits, so that tests need not sit through them. All are
// Go durations, such as 1m30s.
type SeedTest struct {
	WatchdogTimeout string `toml:"watchdog_timeout,omitempty"`
	HealthDeadline  string `toml:"health_deadline,omitempty"`
	PanicDelay      string `toml:"panic_delay,omitempty"`
	ConfirmTimeout  string `toml:"confirm_timeout,omitempty"`
}

// SeedError lists everything that is wrong with a seed, a sentence each. At
// most maxProblems are listed; the last then says how many more there are.
type SeedError struct{ Problems []string }

func (e *SeedError) Error() string { return "seed: " + strings.Join(e.Problems, " ") }

// ParseSeed reads a seed. Unknown entries, wrong types and bad values are all
// errors: the error is a *SeedError, and the seed is zero so that nothing of a
// bad file can be applied.
func ParseSeed(b []byte) (Seed, error) {
	var p problems
	var s Seed
	switch {
	case len(b) > MaxSeed:
		p.add("The seed is larger than the %d KiB allowed.", MaxSeed>>10)
	case !utf8.Valid(b):
		p.add("The seed is not UTF-8 text.")
	case tooDeep(string(b)):
		p.add("The seed nests deeper than %d levels.", maxNesting)
	default:
		s = decodeSeed(string(b), &p)
	}
	if err := p.err(); err != nil {
		return Seed{}, err
	}
	return s, nil
}

func decodeSeed(text string, p *problems) Seed {
	var s Seed
	var tree map[string]any
	if _, err := toml.Decode(text, &tree); err != nil {
		p.add("The seed is not valid TOML: %s.", clip(err.Error()))
		return s
	}
	fillStruct(&s, tree, p)
	s.check(p)
	return s
}

// Encode writes the seed as TOML that ParseSeed reads back.
func (s Seed) Encode() []byte {
	var b bytes.Buffer
	e := toml.NewEncoder(&b)
	e.Indent = ""
	if err := e.Encode(s); err != nil {
		// Strings, numbers and lists always encode; a reader gets no half file.
		return nil
	}
	return b.Bytes()
}

const maxProblems = 20

// problems collects sentences about a seed.
type problems struct {
	list     []string
	more     int
	mistyped []string // entries whose type is wrong: their value is not worth a second sentence
}

func (p *problems) add(format string, args ...any) {
	if len(p.list) == maxProblems {
		p.more++
		return
	}
	p.list = append(p.list, fmt.Sprintf(format, args...))
}

// addValue adds a problem with the value of an entry, unless the entry or one
// below it was already found to have the wrong type.
func (p *problems) addValue(entry, format string, args ...any) {
	for _, m := range p.mistyped {
		if m == entry || strings.HasPrefix(m, entry+".") {
			return
		}
	}
	p.add("%s"+format, append([]any{entry}, args...)...)
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	if p.more > 0 {
		p.list = append(p.list, fmt.Sprintf("There are %d more problems.", p.more))
	}
	return &SeedError{Problems: p.list}
}

// clip shortens text from a file for a message.
func clip(s string) string {
	const limit = 160
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}
