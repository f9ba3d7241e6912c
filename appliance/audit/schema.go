// SPDX-License-Identifier: Apache-2.0

package audit

// Schema1 makes the tables. The triggers hold for every program that opens the
// database: events are neither changed nor removed, each continues the chain,
// and the head only moves forward with them.
const Schema1 = `
-- record: never changed once written
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

CREATE INDEX audit_event_actor ON audit_event (actor);
CREATE INDEX audit_event_action ON audit_event (action);

-- record: one row, the end of the chain
CREATE TABLE audit_head (
	id   INTEGER PRIMARY KEY CHECK (id = 1),
	seq  INTEGER NOT NULL,
	hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
INSERT INTO audit_head VALUES (1, 0, zeroblob(32));

CREATE TRIGGER audit_event_update BEFORE UPDATE ON audit_event BEGIN
	SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_event_delete BEFORE DELETE ON audit_event BEGIN
	SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_event_continue BEFORE INSERT ON audit_event
WHEN NEW.seq IS NOT (SELECT seq + 1 FROM audit_head) OR NEW.prev IS NOT (SELECT hash FROM audit_head) BEGIN
	SELECT RAISE(ABORT, 'an audit event must continue the chain');
END;
CREATE TRIGGER audit_event_advance AFTER INSERT ON audit_event BEGIN
	UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash;
END;
CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head WHEN NEW.id <> 1 OR NEW.seq IS NOT OLD.seq + 1 BEGIN
	SELECT RAISE(ABORT, 'the head of the audit log only moves forward');
END;
CREATE TRIGGER audit_head_insert BEFORE INSERT ON audit_head BEGIN
	SELECT RAISE(ABORT, 'the audit log has one head');
END;
CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head BEGIN
	SELECT RAISE(ABORT, 'the audit log keeps its head');
END;
`
