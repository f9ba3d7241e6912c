// SPDX-License-Identifier: Apache-2.0

package slots

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"understudy/appliance/layout"
)

// GRUB's environment block: a heading, lines of name=value and a filling of
// "#" up to a fixed size. GRUB writes it in place, sector by sector, and so do
// we. All that counts stands in the first sector, so that a write which is torn
// between two sectors leaves either the old or the new values.
const (
	envSize    = 1024
	envHeading = "# GRUB Environment Block\n"
)

// Values of our own variables, state_a and state_b: what a slot holds.
const (
	slotStaged = "staged" // not to be booted yet
	slotArmed  = "armed"  // on trial, or given up if the variable trial does not name it
	slotGood   = "good"
)

// errGrubEnv means that GRUB could not read the block either.
var errGrubEnv = errors.New("no GRUB environment block")

// grubEnv holds GRUB's variables.
type grubEnv map[string]string

// parseGrubEnv reads an environment block. GRUB takes any size; more than
// envSize is not ours.
func parseGrubEnv(b []byte) (grubEnv, error) {
	rest, ok := bytes.CutPrefix(b, []byte(envHeading))
	if !ok || len(b) != envSize {
		return nil, fmt.Errorf("%w: %d bytes that begin with %.30q", errGrubEnv, len(b), b)
	}
	env := grubEnv{}
	for line := range strings.Lines(string(rest)) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if ok && !strings.HasPrefix(name, "#") {
			env[name] = strings.ReplaceAll(value, `\\`, `\`)
		}
	}
	return env, nil
}

// encode writes the block. It fails if the variables need more than one sector.
func (e grubEnv) encode() ([]byte, error) {
	text := envHeading
	for _, name := range slices.Sorted(maps.Keys(e)) {
		text += name + "=" + strings.ReplaceAll(e[name], `\`, `\\`) + "\n"
	}
	if len(text) > layout.SectorSize {
		return nil, fmt.Errorf("GRUB environment block: %d bytes of variables are more than the %d of one sector", len(text), layout.SectorSize)
	}
	return []byte(text + strings.Repeat("#", envSize-len(text))), nil
}

// slot is the slot that a variable names. False means none.
func (e grubEnv) slot(name string) (layout.Slot, bool) {
	s := layout.Slot(e[name])
	return s, s == layout.SlotA || s == layout.SlotB
}

// stateVar is the variable that says what a slot holds.
func stateVar(s layout.Slot) string { return "state_" + string(s) }

// other is the slot beside s.
func other(s layout.Slot) layout.Slot {
	if s == layout.SlotA {
		return layout.SlotB
	}
	return layout.SlotA
}
