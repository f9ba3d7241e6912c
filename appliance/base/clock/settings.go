// SPDX-License-Identifier: Apache-2.0

package clock

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the box has no /usr/share/zoneinfo
)

// Area is the name of the settings in the book of revisions.
const Area = "clock"

// Limits of Settings.MaxStepSeconds, and what it is unless somebody says
// otherwise.
const (
	minMaxStep     = 1
	maxMaxStep     = 24 * 60 * 60
	defaultMaxStep = 15 * 60
)

// Settings is what people can set about the clock. Time servers belong to the
// network configuration.
type Settings struct {
	Zone           string `json:"zone"`           // IANA name
	MaxStepSeconds int    `json:"maxStepSeconds"` // see MaxStep
}

// MaxStep is how far the clock may be moved within a day without consent.
func (s Settings) MaxStep() time.Duration { return time.Duration(s.MaxStepSeconds) * time.Second }

// DefaultSettings are those of a box that nobody told anything.
func DefaultSettings() Settings {
	return Settings{Zone: "UTC", MaxStepSeconds: defaultMaxStep}
}

// InvalidError lists what is wrong with settings: a sentence for each field,
// by its name in the JSON document.
type InvalidError struct{ Fields map[string]string }

// Error joins the sentences.
func (e *InvalidError) Error() string {
	text := "The clock settings cannot be used."
	for _, field := range []string{"zone", "maxStepSeconds"} {
		if e.Fields[field] != "" {
			text += " " + e.Fields[field]
		}
	}
	return text
}

// Validate returns an *InvalidError for settings that cannot be used.
func (s Settings) Validate() error {
	fields := map[string]string{}
	if _, err := Zone(s.Zone); err != nil {
		fields["zone"] = fmt.Sprintf("%.60q is not a time zone: choose one such as Europe/Berlin.", s.Zone)
	}
	if s.MaxStepSeconds < minMaxStep || s.MaxStepSeconds > maxMaxStep {
		fields["maxStepSeconds"] = fmt.Sprintf("%d is out of range: allow between %d and %d seconds.", s.MaxStepSeconds, minMaxStep, maxMaxStep)
	}
	if len(fields) > 0 {
		return &InvalidError{Fields: fields}
	}
	return nil
}

// Zone loads a zone by its IANA name. The names that the time package
// takes for this machine's own zone are none.
func Zone(zone string) (*time.Location, error) {
	if zone == "" || zone == "Local" {
		return nil, fmt.Errorf("%q is not the name of a time zone", zone)
	}
	l, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("load the time zone: %w", err)
	}
	return l, nil
}

//go:embed zones.txt
var zones string

// Zones lists the time zones to choose from, UTC first. Older names for them
// are understood, too.
func Zones() []string { return strings.Fields(zones) }
