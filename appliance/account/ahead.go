// SPDX-License-Identifier: Apache-2.0

package account

import "time"

// slack is how far the clock can be put back without a word: what was timed
// before lasts as much longer.
const slack = time.Minute

// ahead says whether until is still to come. A moment that was set for a length
// of time and is further away than that comes from a clock that was ahead and
// has been put right: it counts as over, or it would hold for as long as the
// clock was wrong.
func ahead(now, until time.Time, length time.Duration) bool {
	return now.Before(until) && until.Sub(now) <= length+slack
}
