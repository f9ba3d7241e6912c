// SPDX-License-Identifier: Apache-2.0

package confirm

import (
	"time"

	"understudy/appliance/audit"
)

// Pending is a change that is in force and reverts unless it is confirmed.
type Pending struct {
	ID       string // opaque, safe in a URL
	Area     string
	Summary  string // what was changed, a sentence
	Revision int64  // what will be reverted
	By       audit.Actor
	At       time.Time
	Deadline time.Time
}
