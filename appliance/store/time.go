// SPDX-License-Identifier: Apache-2.0

package store

import "time"

// Time is how a moment is kept in an INTEGER column: milliseconds since 1970
// in UTC, and 0 for the zero time ("never").
func Time(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// FromTime reads what Time wrote, in UTC.
func FromTime(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
