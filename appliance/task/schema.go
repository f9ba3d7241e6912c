// SPDX-License-Identifier: Apache-2.0

package task

// Schema1 makes the tables. A task that has ended never changes again.
const Schema1 = `
-- local: tasks belong to the box they ran on
CREATE TABLE task (
	n            INTEGER PRIMARY KEY, -- grows with each task
	id           TEXT NOT NULL UNIQUE,
	kind         TEXT NOT NULL,
	title        TEXT NOT NULL,
	key          TEXT NOT NULL,
	by_name      TEXT NOT NULL,
	by_address   TEXT NOT NULL,
	by_via       TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'interrupted')),
	phases       TEXT NOT NULL, -- JSON array
	phase        INTEGER NOT NULL,
	percent      INTEGER NOT NULL CHECK (percent BETWEEN 0 AND 100),
	created      INTEGER NOT NULL,
	started      INTEGER NOT NULL,
	ended        INTEGER NOT NULL,
	expected_end INTEGER NOT NULL,
	result       TEXT NOT NULL,
	error        TEXT NOT NULL,
	next_step    TEXT NOT NULL,
	survives     INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX task_live_key ON task (key) WHERE key <> '' AND state IN ('queued', 'running');
CREATE INDEX task_state ON task (state);

CREATE TRIGGER task_ended BEFORE UPDATE ON task WHEN OLD.state NOT IN ('queued', 'running') BEGIN
	SELECT RAISE(ABORT, 'a task that has ended does not change');
END;

-- local
CREATE TABLE task_log (
	task INTEGER NOT NULL REFERENCES task (n) ON DELETE CASCADE,
	seq  INTEGER NOT NULL,
	at   INTEGER NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (task, seq)
) STRICT, WITHOUT ROWID;
`

// Schema2 keeps the start of the machine in which a task was submitted.
const Schema2 = `
ALTER TABLE task ADD COLUMN boot TEXT NOT NULL DEFAULT '';
`
