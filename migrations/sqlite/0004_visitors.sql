-- What proves or reaches a visitor, who was erased, when a password was given, and what the audit is
-- asked by.

CREATE TABLE identity (
    row     INTEGER PRIMARY KEY,
    visitor BLOB NOT NULL REFERENCES visitor (id),
    kind    TEXT NOT NULL,
    -- By the person's key, for this person and kind alone.
    sealed  BLOB NOT NULL,
    -- Keyed hashes: of the value in its one form, and of a phone's last digits.
    exact   BLOB NOT NULL,
    tail    BLOB,
    UNIQUE (visitor, kind)
) STRICT;
CREATE INDEX identity_by_exact ON identity (kind, exact);
CREATE INDEX identity_by_tail ON identity (tail) WHERE tail IS NOT NULL;

-- The erasure register: whoever stands here is erased again when an older copy comes back.
CREATE TABLE erased (
    visitor BLOB PRIMARY KEY,
    at      INTEGER NOT NULL,
    author  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX visit_by_visitor ON visit (visitor);
CREATE INDEX passage_by_picture ON passage (picture) WHERE picture IS NOT NULL;

-- When somebody was given the password that they have not replaced yet.
ALTER TABLE user ADD COLUMN given INTEGER;
UPDATE user SET given = added WHERE password_given = 1;
ALTER TABLE user DROP COLUMN password_given;

-- The journal, seen by when it was written.
CREATE INDEX op_by_written ON op (written, seq);
