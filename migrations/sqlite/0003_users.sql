-- Who works here, what proves it, and where they are signed in.

CREATE TABLE user (
    row            INTEGER PRIMARY KEY,
    id             BLOB NOT NULL UNIQUE,
    login          TEXT NOT NULL,
    -- The login in small letters: two that differ in case alone are one.
    login_key      TEXT NOT NULL UNIQUE,
    name           TEXT NOT NULL,
    -- Words of roles, as a JSON array.
    roles          TEXT NOT NULL,
    disabled       INTEGER NOT NULL,
    -- Argon2id, as a PHC string; the same of the PIN.
    password       TEXT NOT NULL,
    password_given INTEGER NOT NULL,
    pin            TEXT,
    -- Sealed by the site's key.
    factor         BLOB,
    -- The last time step whose code was used.
    factor_step    INTEGER NOT NULL,
    -- Who has vouched that it is lost, and when.
    factor_lost_by TEXT,
    factor_lost_at INTEGER,
    seen           INTEGER,
    added          INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_code (
    user BLOB NOT NULL REFERENCES user (id),
    hash BLOB NOT NULL,
    PRIMARY KEY (user, hash)
) STRICT, WITHOUT ROWID;

-- Failures in a row under a login, whether or not anybody has it. The key is a keyed hash: a
-- password that was typed into the wrong field must not rest here.
CREATE TABLE attempt (
    key      TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    last     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_by_last ON attempt (last);

-- A window or a browser, by the hash of its token.
CREATE TABLE seat (
    row        INTEGER PRIMARY KEY,
    hash       BLOB NOT NULL UNIQUE,
    place      TEXT NOT NULL,
    agent      TEXT,
    may_set_up INTEGER NOT NULL,
    active     BLOB,
    locked     INTEGER NOT NULL,
    touched    INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
    id           BLOB PRIMARY KEY,
    seat         INTEGER NOT NULL REFERENCES seat (row) ON DELETE CASCADE,
    user         BLOB NOT NULL REFERENCES user (id),
    -- Who was at work last comes first.
    place        INTEGER NOT NULL,
    begun        INTEGER NOT NULL,
    seen         INTEGER NOT NULL,
    stepped_up   INTEGER,
    pin_failures INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_seat ON session (seat, place);
CREATE INDEX session_of_user ON session (user);

-- Seats take the place of the sessions of browsers.
DROP TABLE web_session;

-- The journal, seen by person and by kind.
CREATE INDEX op_by_author ON op (author, seq);
CREATE INDEX op_by_kind ON op (kind, seq);
CREATE INDEX op_by_entity ON op (entity, seq);
