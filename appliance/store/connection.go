// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"

	"github.com/mattn/go-sqlite3"
)

// mode says what a connection may do.
type mode struct {
	begin   string // how its transactions begin
	pragmas []string
}

var (
	writer = mode{begin: "immediate"}
	reader = mode{begin: "deferred", pragmas: []string{"query_only=ON"}}
)

// pragmas are set on every connection. The order matters: the busy timeout
// covers the switch to WAL, which needs the file for itself for a moment.
var pragmas = []string{
	"busy_timeout=5000", // milliseconds
	"journal_mode=WAL",
	"synchronous=FULL",
	"foreign_keys=ON",
	"trusted_schema=OFF",         // a schema read from disk runs no functions with effects
	"cell_size_check=ON",         // damage is found when read, not when used
	"temp_store=MEMORY",          // the box may have no place for temporary files
	"cache_size=-512",            // KiB per connection
	"journal_size_limit=4194304", // bytes of write-ahead log kept after a check point
}

// connector opens connections of one mode to one file. It stands in for a
// registered driver name, which would be global to the process.
type connector struct {
	dsn  string
	mode mode
}

func open(path string, m mode) *sql.DB {
	// As a URI, so that no character of the path can be taken for an option.
	u := url.URL{Scheme: "file", Path: path, RawQuery: "_txlock=" + m.begin}
	if path == "" || path[0] != '/' {
		u = url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: u.RawQuery}
	}
	return sql.OpenDB(connector{dsn: u.String(), mode: m})
}

func (c connector) Connect(context.Context) (driver.Conn, error) {
	d := &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
		for _, p := range append(append([]string{}, pragmas...), c.mode.pragmas...) {
			if _, err := conn.Exec("PRAGMA "+p, nil); err != nil {
				return fmt.Errorf("set %s: %w", p, err)
			}
		}
		return nil
	}}
	return d.Open(c.dsn)
}

func (c connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }
