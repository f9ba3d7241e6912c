// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"database/sql"
	"regexp"
	"strings"
	"testing"
	"time"

	"understudy/appliance/audit"
	"understudy/appliance/store"
)

// later is a step as a later release may have it.
var later = store.Migration{Name: "later", SQL: `
	CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;
	ALTER TABLE audit_event ADD COLUMN later TEXT NOT NULL DEFAULT '';`}

// A Base version on trial takes its steps in the journal; when it goes, the old
// version opens the same journal.
func TestTheOldVersionOpensTheJournalOfTheNew(t *testing.T) {
	dir := t.TempDir()
	if err := opened(t, "journal", dir).Close(); err != nil {
		t.Fatal(err)
	}
	trial, err := store.OpenShared(t.Context(), JournalPath(dir), append(journal(), later))
	if err != nil {
		t.Fatal(err)
	}
	if err := trial.Close(); err != nil {
		t.Fatal(err)
	}
	old := opened(t, "journal", dir)
	err = old.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO later DEFAULT VALUES`)
		return err
	})
	if err != nil {
		t.Fatalf("the table of the trial is gone: %v", err)
	}
	log := audit.New(old, time.Now)
	if err := log.Append(t.Context(), audit.Actor{Name: "system"}, audit.Entry{Action: "start", Object: "appliance", Outcome: audit.OK}); err != nil {
		t.Errorf("the old version cannot write down what happens: %v", err)
	}
}

// everyRelease is how many steps of the journal every release has taken.
const everyRelease = 4

// growth is what a later step may do, and nothing beside it: what an older
// release inserts and deletes must still be allowed.
var growth = regexp.MustCompile(`(?i)^(CREATE TABLE|CREATE INDEX|ALTER TABLE \w+ ADD COLUMN \w+ .*\bDEFAULT\b)`)

func beyondGrowth(m store.Migration) (statements []string) {
	plain := regexp.MustCompile(`--[^\n]*`).ReplaceAllString(m.SQL, "")
	for statement := range strings.SplitSeq(plain, ";") {
		if statement = strings.Join(strings.Fields(statement), " "); statement != "" && (!growth.MatchString(statement) || strings.Contains(strings.ToUpper(statement), " REFERENCES ")) {
			statements = append(statements, statement)
		}
	}
	return statements
}

func TestTheJournalOnlyGrows(t *testing.T) {
	for _, m := range append(journal()[everyRelease:], later) {
		if bad := beyondGrowth(m); len(bad) != 0 {
			t.Errorf("%s: an older release cannot go on with a journal after %q", m.Name, bad)
		}
	}
	for _, sql := range []string{"DROP TABLE task", "ALTER TABLE task ADD COLUMN owner TEXT NOT NULL", "ALTER TABLE task RENAME TO job", "UPDATE task SET state = 'done'",
		"CREATE UNIQUE INDEX one ON task (kind)", "CREATE TABLE more (task TEXT NOT NULL REFERENCES task (id)) STRICT"} {
		if bad := beyondGrowth(store.Migration{SQL: sql}); len(bad) != 1 {
			t.Errorf("%q passes for growth", sql)
		}
	}
}
