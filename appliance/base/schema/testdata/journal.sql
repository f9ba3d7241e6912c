-- version 7

CREATE TABLE audit_event (
	seq     INTEGER PRIMARY KEY,
	at      INTEGER NOT NULL,
	actor   TEXT NOT NULL,
	address TEXT NOT NULL,
	via     TEXT NOT NULL,
	action  TEXT NOT NULL,
	object  TEXT NOT NULL,
	outcome TEXT NOT NULL,
	detail  TEXT NOT NULL,
	count   INTEGER NOT NULL CHECK (count >= 1),
	prev    BLOB NOT NULL CHECK (length(prev) = 32),
	hash    BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE audit_head (
	id   INTEGER PRIMARY KEY CHECK (id = 1),
	seq  INTEGER NOT NULL,
	hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE clock_move (
	at      INTEGER NOT NULL, -- by the clock as it is set now
	by_nsec INTEGER NOT NULL
) STRICT;

CREATE TABLE health_since (
	code TEXT PRIMARY KEY,
	at   INTEGER NOT NULL
) STRICT;

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
, boot TEXT NOT NULL DEFAULT '') STRICT;

CREATE TABLE task_log (
	task INTEGER NOT NULL REFERENCES task (n) ON DELETE CASCADE,
	seq  INTEGER NOT NULL,
	at   INTEGER NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (task, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE update_agreement (
	n       INTEGER PRIMARY KEY,
	package TEXT NOT NULL,
	version TEXT NOT NULL,
	sha256  TEXT NOT NULL,
	text    TEXT NOT NULL,
	by_name TEXT NOT NULL,
	by_addr TEXT NOT NULL,
	at      INTEGER NOT NULL
) STRICT;

CREATE TABLE update_bad (
	version TEXT NOT NULL,
	tree    INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	reason  TEXT NOT NULL,
	PRIMARY KEY (version, tree)
) STRICT;

CREATE TABLE update_base (
	n         INTEGER PRIMARY KEY,
	task      TEXT NOT NULL,
	name      TEXT NOT NULL,
	from_ver  TEXT NOT NULL,
	from_tree INTEGER NOT NULL,
	to_ver    TEXT NOT NULL,
	to_tree   INTEGER NOT NULL,
	state     TEXT NOT NULL,
	reason    TEXT NOT NULL,
	by_name   TEXT NOT NULL,
	boot      TEXT NOT NULL,
	started   INTEGER NOT NULL,
	changed   INTEGER NOT NULL
) STRICT;

CREATE TABLE update_checked (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	at  INTEGER NOT NULL
) STRICT;

CREATE TABLE update_offer (
	name    TEXT PRIMARY KEY,
	length  INTEGER NOT NULL,
	sha256  TEXT NOT NULL,
	summary TEXT NOT NULL
, eula TEXT NOT NULL DEFAULT '') STRICT;

CREATE TABLE update_other (
	n        INTEGER PRIMARY KEY,
	task     TEXT NOT NULL,
	kind     TEXT NOT NULL,
	name     TEXT NOT NULL,
	from_ver TEXT NOT NULL,
	to_ver   TEXT NOT NULL,
	to_tree  INTEGER NOT NULL,
	state    TEXT NOT NULL,
	reason   TEXT NOT NULL,
	by_name  TEXT NOT NULL,
	person   INTEGER NOT NULL,
	started  INTEGER NOT NULL,
	changed  INTEGER NOT NULL
) STRICT;

CREATE TABLE update_ready (
	sha256  TEXT PRIMARY KEY,
	length  INTEGER NOT NULL,
	summary TEXT NOT NULL,
	origin  TEXT NOT NULL,
	by_name TEXT NOT NULL,
	at      INTEGER NOT NULL
) STRICT;

CREATE INDEX audit_event_action ON audit_event (action);

CREATE INDEX audit_event_actor ON audit_event (actor);

CREATE UNIQUE INDEX task_live_key ON task (key) WHERE key <> '' AND state IN ('queued', 'running');

CREATE INDEX task_state ON task (state);

CREATE TRIGGER audit_event_advance AFTER INSERT ON audit_event BEGIN
	UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash;
END;

CREATE TRIGGER audit_event_continue BEFORE INSERT ON audit_event
WHEN NEW.seq IS NOT (SELECT seq + 1 FROM audit_head) OR NEW.prev IS NOT (SELECT hash FROM audit_head) BEGIN
	SELECT RAISE(ABORT, 'an audit event must continue the chain');
END;

CREATE TRIGGER audit_event_delete BEFORE DELETE ON audit_event BEGIN
	SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_event_update BEFORE UPDATE ON audit_event BEGIN
	SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head BEGIN
	SELECT RAISE(ABORT, 'the audit log keeps its head');
END;

CREATE TRIGGER audit_head_insert BEFORE INSERT ON audit_head BEGIN
	SELECT RAISE(ABORT, 'the audit log has one head');
END;

CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head WHEN NEW.id <> 1 OR NEW.seq IS NOT OLD.seq + 1 BEGIN
	SELECT RAISE(ABORT, 'the head of the audit log only moves forward');
END;

CREATE TRIGGER task_ended BEFORE UPDATE ON task WHEN OLD.state NOT IN ('queued', 'running') BEGIN
	SELECT RAISE(ABORT, 'a task that has ended does not change');
END;
