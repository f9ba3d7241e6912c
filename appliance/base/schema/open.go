// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"context"
	"path/filepath"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/base/clock"
	"understudy/appliance/base/updates"
	"understudy/appliance/confirm"
	"understudy/appliance/health"
	"understudy/appliance/revision"
	"understudy/appliance/store"
	"understudy/appliance/task"
)

// The migrations of both databases. A list is only ever appended to: a step
// that was released is on disks and cannot be changed any more.
//
// A step of the journal only adds tables, or columns with a default: a version
// on trial takes it, and the old version that comes back goes on with the same
// journal.
func base() []store.Migration {
	return []store.Migration{
		{Name: "revision", SQL: revision.Schema1},
		{Name: "confirm", SQL: confirm.Schema1},
		{Name: "health", SQL: health.Schema1},
		{Name: "account", SQL: account.Schema1},
	}
}

func journal() []store.Migration {
	return []store.Migration{
		{Name: "audit", SQL: audit.Schema1},
		{Name: "task", SQL: task.Schema1},
		{Name: "updates", SQL: updates.Schema1},
		{Name: "updates, other than Base", SQL: updates.Schema2},
		{Name: "clock", SQL: clock.Schema1},
		{Name: "task, its boot", SQL: task.Schema2},
		{Name: "health", SQL: health.JournalSchema1},
	}
}

// BasePath is where base.db lies in dir.
func BasePath(dir string) string { return filepath.Join(dir, "base.db") }

// JournalPath is where journal.db lies in dir.
func JournalPath(dir string) string { return filepath.Join(dir, "journal.db") }

// OpenBase opens base.db in dir. Its errors are those of store.Open.
func OpenBase(ctx context.Context, dir string) (*store.DB, error) {
	return store.Open(ctx, BasePath(dir), base())
}

// OpenJournal opens journal.db in dir, also one that a later release has
// written. Its errors are those of store.OpenShared.
func OpenJournal(ctx context.Context, dir string) (*store.DB, error) {
	return store.OpenShared(ctx, JournalPath(dir), journal())
}
