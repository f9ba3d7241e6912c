// SPDX-License-Identifier: Apache-2.0

package task

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"understudy/appliance/store"
)

const columns = `n, id, kind, title, key, by_name, by_address, by_via, state, phases, phase, percent,
	created, started, ended, expected_end, result, error, next_step, survives, boot`

// row is a task as it is stored.
type row struct {
	Task
	n        int64
	survives bool
}

func insertRow(tx *sql.Tx, t Task, survives bool) (n int64, err error) {
	phases, err := json.Marshal(t.Phases)
	if err != nil {
		return 0, err
	}
	result, err := tx.Exec(`INSERT INTO task (id, kind, title, key, by_name, by_address, by_via, state, phases, phase, percent,
		created, started, ended, expected_end, result, error, next_step, survives, boot)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.ID, t.Kind, t.Title, t.Key, t.By.Name, t.By.Address, t.By.Via, t.State, string(phases), t.Phase, t.Percent,
		store.Time(t.Created), store.Time(t.Started), store.Time(t.Ended), store.Time(t.ExpectedEnd), t.Result, t.Error, t.NextStep, survives, t.Boot)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// updateRow stores what changes in the life of task n, and new log lines.
func updateRow(tx *sql.Tx, n int64, t Task, lines []LogLine) error {
	_, err := tx.Exec(`UPDATE task SET state = ?, phase = ?, percent = ?, started = ?, ended = ?, expected_end = ?,
		result = ?, error = ?, next_step = ? WHERE n = ?`,
		t.State, t.Phase, t.Percent, store.Time(t.Started), store.Time(t.Ended), store.Time(t.ExpectedEnd),
		t.Result, t.Error, t.NextStep, n)
	if err != nil || len(lines) == 0 {
		return err
	}
	add, err := tx.Prepare(`INSERT INTO task_log (task, seq, at, text) VALUES (?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer func() { _ = add.Close() }()
	for _, l := range lines {
		if _, err := add.Exec(n, l.Seq, store.Time(l.At), l.Text); err != nil {
			return err
		}
	}
	return nil
}

func scanRow(scan func(...any) error) (row, error) {
	var r row
	var phases []byte
	var created, started, ended, expected int64
	err := scan(&r.n, &r.ID, &r.Kind, &r.Title, &r.Key, &r.By.Name, &r.By.Address, &r.By.Via, &r.State, &phases, &r.Phase, &r.Percent,
		&created, &started, &ended, &expected, &r.Result, &r.Error, &r.NextStep, &r.survives, &r.Boot)
	if err != nil {
		return row{}, err
	}
	if err := json.Unmarshal(phases, &r.Phases); err != nil {
		return row{}, fmt.Errorf("phases of task %s: %w", r.ID, err)
	}
	r.Created, r.Started, r.Ended, r.ExpectedEnd = store.FromTime(created), store.FromTime(started), store.FromTime(ended), store.FromTime(expected)
	return r, nil
}

func queryRows(tx *sql.Tx, query string, args ...any) ([]row, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []row
	for rows.Next() {
		r, err := scanRow(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}
