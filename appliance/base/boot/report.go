// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"understudy/appliance/layout"
)

// Where the report lies on the box, and where the state is mounted.
const (
	ReportPath = "/run/understudy/boot.json"
	StatePath  = "/state"
)

// Report is what the supervisor found and did. It is written before based is
// started, and again with every restart of based. It holds the
// identity key and maybe password hashes, so the file is for root alone.
type Report struct {
	Release  layout.Release // zero if the image has no readable release file
	Kernel   string         // as uname -r prints it
	Profile  string         // name of the hardware profile, from the seed of this start or of an earlier one; may be empty
	Serial   string
	GUID     string
	Identity []byte // seed of the box's Ed25519 key, layout.IdentitySize bytes; secret; none without a record
	Firmware string // "uefi", "bios" or "direct" (a kernel started without a loader)

	Seed         layout.Seed
	SeedSource   string   // "fw_cfg", the device name of the volume, or empty if there was no seed
	SeedProblems []string // sentences; if there are any, Seed is zero: nothing of it was applied

	FirstBoot bool   // this boot made the box out of a fresh image or after a factory reset
	Steps     []Step // in the order in which they ended
	State     StateResult
	Notes     []string // sentences about what was odd and is not in State: a driver that failed, a repaired partition table
	Watchdog  string   // identity of the watchdog device, or empty if there is none
	Previous  layout.MetaBoot
	Crashes   int // deaths of based since the machine started
	BootedAt  time.Time
}

// Step is a part of the boot and how long it took.
type Step struct {
	Name   string
	Millis int64  // duration
	At     int64  // milliseconds between the kernel's start and the step's end
	Note   string `json:",omitempty"`
}

// StateResult says in which condition the state was found.
type StateResult struct {
	OK        bool
	Encrypted bool
	Protected bool   // the key is sealed; otherwise it lies on the same disk in the clear
	Repaired  string // a sentence if something was put right, else empty
	InUse     bool   // based has worked with this state before: its databases must be there
	NoDisk    bool   // there is no disk that could carry a state; Lost says so
	Lost      string // a sentence if there is no usable state; /state is then empty and gone with the power
}

// ReadReport reads the report that the supervisor left at path.
func ReadReport(path string) (Report, error) {
	var r Report
	b, err := os.ReadFile(path)
	if err != nil {
		return r, fmt.Errorf("reading the boot report: %w", err)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return Report{}, fmt.Errorf("reading the boot report %s: %w", path, err)
	}
	return r, nil
}

// write replaces the report at path in one move, so that a reader never sees
// half of one.
func (r Report) write(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the boot report: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("writing the boot report: %w", err)
	}
	next := path + ".next"
	if err := os.WriteFile(next, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the boot report: %w", err)
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("writing the boot report: %w", err)
	}
	return nil
}
