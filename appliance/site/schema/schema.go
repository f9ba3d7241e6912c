// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"context"
	"path/filepath"

	"understudy/appliance/account"
	"understudy/appliance/audit"
	"understudy/appliance/revision"
	"understudy/appliance/store"
)

// Share says what becomes of a table's rows beyond this box.
type Share string

// What becomes of rows.
const (
	Config Share = "config" // the primary's replace those of others
	Record Share = "record" // only added to; those of both sides are kept
	Local  Share = "local"  // never leaves the box
)

// migrations make the database. The list is only ever appended to: a step that
// was released is on disks and cannot be changed any more.
func migrations() []store.Migration {
	return []store.Migration{
		{Name: "revision", SQL: revision.Schema1},
		{Name: "account", SQL: account.Schema1},
		{Name: "audit", SQL: audit.Schema1},
	}
}

// shares declares every table.
var shares = map[string]Share{
	"revision":        Config,
	"account_user":    Config,
	"account_failure": Local,
	"account_session": Local,
	"account_token":   Local,
	"audit_event":     Record,
	"audit_head":      Record,
}

// ShareOf returns what a table is declared as; false for a table that is not
// one of site.db.
func ShareOf(table string) (Share, bool) {
	s, ok := shares[table]
	return s, ok
}

// Path is where site.db lies in dir.
func Path(dir string) string { return filepath.Join(dir, "site.db") }

// Open opens site.db in dir and brings it up to date. Its errors are those of
// store.Open.
func Open(ctx context.Context, dir string) (*store.DB, error) {
	return store.Open(ctx, Path(dir), migrations())
}
