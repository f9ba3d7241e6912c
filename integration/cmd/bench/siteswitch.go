// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"understudy/appliance/base/sitehost"
	"understudy/appliance/base/sitehost/sitehosttest"
	"understudy/appliance/basectl"
	"understudy/appliance/site/schema"
	"understudy/bootimg"
	"understudy/integration/box"
	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
)

// manyRows is how large the database of a busy site is, in rows of some hundred
// bytes.
const manyRows = 1_000_000

// switchLimit is how long the update of a site with many rows may take.
const switchLimit = 10 * time.Minute

// siteSwitch measures, on this host and with the real programs, what people see
// of an update of the site: for how long pages cannot be read, and for how long
// nothing can be changed.
func (b *bencher) siteSwitch(ctx context.Context) error {
	for _, c := range []struct {
		what string
		rows int
	}{{"empty", 0}, {"1 M rows", manyRows}} {
		say("updating the site, %s", c.what)
		gap, freeze, err := b.switchOnce(ctx, c.rows)
		if err != nil {
			return err
		}
		b.add(row{What: "longest gap in reading a site that is updated, " + c.what, Unit: "s", Ours: gap}.atMost(1))
		b.add(row{What: "its changes refused for, a new sign-in included, " + c.what, Unit: "s", Ours: freeze})
	}
	return nil
}

// switchOnce updates a site with so many rows and gives the longest time between
// two pages that were read, and that between two changes that were accepted.
func (b *bencher) switchOnce(ctx context.Context, rows int) (gap, freeze float64, err error) {
	dir, err := os.MkdirTemp("", "site") // the name of a socket is short
	if err != nil {
		return 0, 0, fmt.Errorf("make a place for a site: %w", err)
	}
	defer os.RemoveAll(dir)
	programs := &sitehosttest.Processes{State: filepath.Join(dir, "state"), Run: filepath.Join(dir, "run")}
	defer programs.KillAll()
	host, err := sitehost.New(sitehost.Config{State: programs.State, Run: programs.Run, User: -1, Programs: programs, Now: time.Now,
		Facts: func() basectl.Facts { return basectl.Facts{Hostname: "box.example.com", Zone: "UTC", Serial: "BENCH"} }})
	if err != nil {
		return 0, 0, err
	}
	if err := host.Start(ctx); err != nil {
		return 0, 0, err
	}
	var packages [2]*pack.Package
	for i, version := range []string{"12.1.4", "12.2.0"} {
		if packages[i], err = b.sitePackage(ctx, version); err != nil {
			return 0, 0, err
		}
	}
	if err := host.Install(ctx, packages[0], quiet{}); err != nil {
		return 0, 0, err
	}
	if err := fill(ctx, filepath.Join(programs.State, "a", "data"), rows); err != nil {
		return 0, 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, switchLimit)
	defer cancel()
	writer, reader := sitehosttest.NewBrowser(host.Dial), sitehosttest.NewBrowser(host.Dial)
	if err := writer.SignIn(box.Password); err != nil {
		return 0, 0, err
	}
	var over atomic.Bool
	var all sync.WaitGroup
	all.Go(func() {
		gap = longest(ctx, &over, func() bool { return reads(ctx, reader) })
	})
	all.Go(func() {
		n := 0
		freeze = longest(ctx, &over, func() bool {
			n++
			got := writer.Post("/login/my-account/name", "display-name", fmt.Sprint("writer ", n))
			if got == http.StatusUnauthorized { // the update has ended the session
				_ = writer.SignIn(box.Password)
			}
			return got == http.StatusSeeOther
		})
	})
	err = host.Install(ctx, packages[1], quiet{})
	over.Store(true)
	all.Wait()
	return gap, freeze, errors.Join(err, context.Cause(ctx))
}

// reads reports whether the site's first page is served.
func reads(ctx context.Context, reader *sitehosttest.Browser) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://site/", nil)
	if err != nil {
		return false
	}
	res, err := reader.Client.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err == nil && res.StatusCode == http.StatusOK
}

// longest does something every 10 ms, until it is over and was done once more or
// ctx ends, and gives the longest time between two successes.
func longest(ctx context.Context, over *atomic.Bool, do func() bool) (seconds float64) {
	last := time.Now()
	for ended := false; !ended && ctx.Err() == nil; {
		ended = over.Load()
		if do() {
			seconds = max(seconds, time.Since(last).Seconds())
			last = time.Now()
		} else {
			ended = false
		}
		time.Sleep(10 * time.Millisecond)
	}
	return seconds
}

// fill adds rows to the database of a site that runs.
func fill(ctx context.Context, dir string, rows int) error {
	if rows == 0 {
		return nil
	}
	db, err := schema.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`CREATE TABLE bench (n INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT`)
		if err == nil {
			_, err = tx.Exec(`WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < ?)
				INSERT INTO bench SELECT n, hex(randomblob(60)) FROM up`, rows)
		}
		return err
	})
}

// sitePackage packs the site software of this tree as a version.
func (b *bencher) sitePackage(ctx context.Context, version string) (*pack.Package, error) {
	program, err := bootimg.CompileSite(ctx, filepath.Join(filepath.Dir(b.dir), "cache"), func(string, ...any) {})
	if err != nil {
		return nil, err
	}
	source, err := pack.File(program)
	if err != nil {
		return nil, fmt.Errorf("pack site %s: %w", version, err)
	}
	entry, _ := catalogue.Find(pack.Site, version)
	customer := &pack.Customer{ID: "c1", Hostname: "support.example.com", Licenses: 25}
	var out bytes.Buffer
	if _, _, err := entry.Write(&out, entry.For(catalogue.Build{Tree: 1, ID: version, Time: time.Unix(1<<30, 0).UTC()}, customer), source, nil); err != nil {
		return nil, err
	}
	return pack.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
}

// quiet is a progress that nobody follows.
type quiet struct{}

func (quiet) Phase(int)          {}
func (quiet) Percent(int)        {}
func (quiet) Log(string, ...any) {}
