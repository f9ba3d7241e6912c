// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"understudy/hwprofiles"
	"understudy/integration/vm"
	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
)

// settings are what a person can choose, all by environment variables.
type settings struct {
	base     string             // BASE: version of the Base software
	site     string             // SITE: version of the site software, or noSite
	profile  hwprofiles.Profile // PROFILE
	cut      bool               // NETWORK=cut: the appliance reaches nothing
	firmware vm.Firmware        // FIRMWARE
	fresh    bool               // FRESH: forget the state
	seed     []byte             // SEED: a file; nil if none is given
	state    string             // STATE: a directory; empty for the usual one
}

// seedLimit is far more than an appliance reads, so that a seed that is too
// large can be tried; more than that would only fill memory.
const seedLimit = 16 << 20

// noSite is SITE for an appliance without site software.
const noSite = "none"

// readSettings reads the environment.
func readSettings(env func(string) string) (settings, error) {
	s := settings{base: or(env("BASE"), "3.2.4"), state: env("STATE")}
	var err error
	if s.profile, err = hwprofiles.ByName(or(env("PROFILE"), "va-small")); err != nil {
		return s, fmt.Errorf("PROFILE: %w", err)
	}
	if s.firmware, err = readFirmware(env("FIRMWARE"), s.profile); err != nil {
		return s, fmt.Errorf("FIRMWARE=%w", err)
	}
	if s.site, err = readSite(env("SITE"), s.base); err != nil {
		return s, fmt.Errorf("SITE: %w", err)
	}
	switch v := env("NETWORK"); v {
	case "", "on":
	case "cut":
		s.cut = true
	default:
		return s, fmt.Errorf("NETWORK=%s: give cut for an appliance that reaches nothing, or nothing", v)
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

// readFirmware gives the firmware; UEFI if none is asked for and the profile has
// it.
func readFirmware(want string, p hwprofiles.Profile) (vm.Firmware, error) {
	switch {
	case want == "" && slices.Contains(p.Firmware, string(vm.UEFI)):
		want = string(vm.UEFI)
	case want == "":
		want = p.Firmware[0]
	case want != string(vm.Direct) && !slices.Contains(p.Firmware, want):
		return "", fmt.Errorf("%s: %s boots by %s", want, p.Name, strings.Join(p.Firmware, " or "))
	}
	return vm.Firmware(want), nil
}

// readSite gives the site version for a Base; the oldest if none is asked for. A
// Base that is not in the catalogue has none.
func readSite(want, base string) (string, error) {
	on, known := catalogue.Find(pack.Base, base)
	switch {
	case want == noSite || want == "" && !known:
		return noSite, nil
	case want == "":
		want = siteVersions()[0]
	case !known:
		return "", fmt.Errorf("the catalogue has no Base %s, so no site is known to run on it: give %s", base, noSite)
	}
	e, ok := catalogue.Find(pack.Site, want)
	if !ok {
		return "", fmt.Errorf("the catalogue has no site %s: it has %s; or give %s", want, strings.Join(siteVersions(), ", "), noSite)
	}
	err := plan.Check(plan.State{Base: on.Release}, e.Summary)
	if unmet := (*plan.Unmet)(nil); errors.As(err, &unmet) {
		return "", errors.New(unmet.Advice())
	}
	return e.Version, err
}

func siteVersions() (all []string) {
	for _, e := range catalogue.All() {
		if e.Kind == pack.Site {
			all = append(all, e.Version)
		}
	}
	return all
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
