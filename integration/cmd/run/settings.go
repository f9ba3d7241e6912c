// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"understudy/hwprofiles"
	"understudy/integration/vm"
)

// settings are what a person can choose, all by environment variables.
type settings struct {
	base     string             // BASE: version of the Base software
	profile  hwprofiles.Profile // PROFILE
	firmware vm.Firmware        // FIRMWARE
	fresh    bool               // FRESH: forget the state
	seed     []byte             // SEED: a file; nil if none is given
}

// seedLimit is far more than an appliance reads, so that a seed that is too
// large can be tried; more than that would only fill memory.
const seedLimit = 16 << 20

// readSettings reads the environment.
func readSettings(env func(string) string) (settings, error) {
	s := settings{base: or(env("BASE"), "3.3.2"), firmware: vm.Firmware(or(env("FIRMWARE"), "uefi"))}
	var err error
	if s.profile, err = hwprofiles.ByName(or(env("PROFILE"), "va-small")); err != nil {
		return s, fmt.Errorf("PROFILE: %w", err)
	}
	if s.firmware != vm.Direct && !slices.Contains(s.profile.Firmware, string(s.firmware)) {
		return s, fmt.Errorf("FIRMWARE=%s: %s boots by %s", s.firmware, s.profile.Name, strings.Join(s.profile.Firmware, " or "))
	}
	switch v := env("FRESH"); v {
	case "", "0":
	case "1":
		s.fresh = true
	default:
		return s, fmt.Errorf("FRESH=%s: give 1 to start over, or nothing", v)
	}
	if path := env("SEED"); path != "" {
		if s.seed, err = readSeed(path); err != nil {
			return s, fmt.Errorf("SEED: %w", err)
		}
	}
	return s, nil
}

func readSeed(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, seedLimit))
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
