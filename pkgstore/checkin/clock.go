// SPDX-License-Identifier: Apache-2.0

package checkin

import (
	"fmt"
	"time"
)

// How far the clock of a box may be off, and how long a download key is good.
const (
	MaxSkew  = 10 * time.Minute
	ValidFor = 7 * 24 * time.Hour
)

const lookAtClock = "Please make sure the time listed on the /appliance > Status > Basics page is correct. " +
	"If it is not, check the NTP server on the Networking > IP Configuration page"

// ClockError says that the clocks of box and server do not agree. It does not
// know which one is wrong.
type ClockError struct{ Ahead time.Duration } // the box before the server; negative if behind

func (e *ClockError) Error() string {
	if e.Ahead < 0 {
		return fmt.Sprintf("The appliance's clock is %s behind the update server's. %s, then try again.", spoken(-e.Ahead), lookAtClock)
	}
	return fmt.Sprintf("The appliance's clock is %s ahead of the update server's. %s, then try again.", spoken(e.Ahead), lookAtClock)
}

// ExpiredError says that a download key is too old, or was made by a box whose
// clock is behind.
type ExpiredError struct{ Age time.Duration }

func (e *ExpiredError) Error() string {
	return fmt.Sprintf("The appliance made this key %s ago by its clock, and a key is valid for 7 days. Make a new one on the Updates page. "+
		"If this one is new: %s.", spoken(e.Age), lookAtClock)
}

// Check reports whether a statement that was made at s.At can be used now: a
// download key for 7 days, if it is at most 10 minutes from the future; a check
// for updates within 10 minutes either way. The error is *ClockError or
// *ExpiredError. Whether the statement is for what it is used for is seen from
// its purpose.
func (s Statement) Check(now time.Time) error {
	ahead := s.At.Sub(now)
	switch {
	case ahead > MaxSkew, s.Purpose != Download && ahead < -MaxSkew:
		return &ClockError{Ahead: ahead}
	case ahead < -ValidFor:
		return &ExpiredError{Age: -ahead}
	}
	return nil
}

// spoken rounds a duration to two units, as a person would say it.
func spoken(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*365*day:
		return fmt.Sprintf("%d years", d/(365*day))
	case d >= 2*day:
		return fmt.Sprintf("%d days", d/day)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return fmt.Sprintf("%d seconds", d/time.Second)
}
