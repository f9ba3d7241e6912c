// SPDX-License-Identifier: Apache-2.0

package revision

import (
	"context"
	"encoding/json"
	"time"

	"understudy/appliance/audit"
)

// Revision is one change of the configuration document of an area.
type Revision struct {
	ID      int64
	Area    string
	At      time.Time
	By      audit.Actor
	Reason  string          // what the person said, or what the program did it for
	Before  json.RawMessage // "null" for the first document of an area
	After   json.RawMessage
	Reverts int64 // the revision that this one undoes, or 0
}

// Apply validates a document of an area, brings it into force and puts it in
// the book: the one path that every change of the area takes.
//
// It may be called again with the same document, so it must not mind a
// document that is already in force.
type Apply = func(ctx context.Context, by audit.Actor, doc json.RawMessage, reason string) error
