-- The spine: the journal, and the rows that are read off it.
--
-- Times are INTEGER microseconds since 1970 (UTC). Ids are 16-byte UUIDs. Every table has an
-- explicit INTEGER PRIMARY KEY or is WITHOUT ROWID, so that VACUUM INTO renumbers nothing.

-- Who this desk is. One row.
CREATE TABLE desk (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    desk        BLOB NOT NULL,
    incarnation BLOB NOT NULL,
    -- The greatest reading of the hybrid logical clock, given or heard.
    hlc         INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The journal. Entries are added, never changed: the triggers below see to it.
CREATE TABLE op (
    seq          INTEGER PRIMARY KEY,
    id           BLOB NOT NULL UNIQUE,
    desk         BLOB NOT NULL,
    incarnation  BLOB NOT NULL,
    oseq         INTEGER NOT NULL,
    hlc          INTEGER NOT NULL,
    schema       INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    entity       TEXT NOT NULL,
    author       TEXT NOT NULL,
    written      INTEGER NOT NULL,
    -- NULL once compacted; payload_hash keeps the chain verifiable.
    payload      BLOB,
    payload_hash BLOB NOT NULL,
    prev         BLOB NOT NULL,
    hash         BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX op_by_writer ON op (desk, incarnation, oseq);

CREATE TRIGGER op_is_never_changed BEFORE UPDATE ON op
WHEN NOT (NEW.payload IS NULL AND NEW.seq = OLD.seq AND NEW.id = OLD.id AND NEW.desk = OLD.desk
          AND NEW.incarnation = OLD.incarnation AND NEW.oseq = OLD.oseq AND NEW.hlc = OLD.hlc
          AND NEW.schema = OLD.schema AND NEW.kind = OLD.kind AND NEW.entity = OLD.entity
          AND NEW.author = OLD.author AND NEW.written = OLD.written
          AND NEW.payload_hash = OLD.payload_hash AND NEW.prev = OLD.prev AND NEW.hash = OLD.hash)
BEGIN
    SELECT RAISE(ABORT, 'the journal is never changed');
END;
CREATE TRIGGER op_is_never_deleted BEFORE DELETE ON op
BEGIN
    SELECT RAISE(ABORT, 'the journal is never shortened');
END;

-- How far each durable reader of the journal has come.
CREATE TABLE reader (
    name TEXT PRIMARY KEY,
    seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE visitor (
    row  INTEGER PRIMARY KEY,
    id   BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- The key that seals this person's fields in the journal, wrapped by the site's key.
    key  BLOB NOT NULL
) STRICT;

CREATE TABLE visit (
    row            INTEGER PRIMARY KEY,
    id             BLOB NOT NULL UNIQUE,
    visitor        BLOB NOT NULL REFERENCES visitor (id),
    host           TEXT NOT NULL,
    purpose        TEXT,
    valid_from     INTEGER NOT NULL,
    valid_until    INTEGER NOT NULL,
    profile        TEXT NOT NULL,
    needs_approval INTEGER NOT NULL,
    person_no      TEXT,
    card_no        TEXT,
    -- The card without leading zeros, in upper case: what two spellings have in common.
    card_key       TEXT,
    planned_at     INTEGER NOT NULL,
    -- Somebody entered since anybody left: a hint for queries, the facts decide.
    maybe_inside   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX visit_by_person ON visit (person_no, valid_from) WHERE person_no IS NOT NULL;
CREATE INDEX visit_by_card ON visit (card_key, valid_from) WHERE card_key IS NOT NULL;
CREATE INDEX visit_inside ON visit (row) WHERE maybe_inside = 1;

CREATE TABLE fact (
    visit   BLOB NOT NULL REFERENCES visit (id),
    id      TEXT NOT NULL,
    kind    TEXT NOT NULL,
    at      INTEGER NOT NULL,
    origin  TEXT NOT NULL,
    author  TEXT NOT NULL,
    revokes TEXT,
    PRIMARY KEY (visit, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    row       INTEGER PRIMARY KEY,
    id        BLOB NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    url       TEXT NOT NULL,
    user      TEXT NOT NULL,
    direction TEXT NOT NULL,
    -- A refusal of our login, as JSON, until a person has acted.
    hold      TEXT,
    removed   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The lives of a device's log, and the event up to which each is settled.
CREATE TABLE device_log (
    device   BLOB NOT NULL REFERENCES device (id),
    epoch    INTEGER NOT NULL,
    hardware TEXT NOT NULL,
    reason   TEXT NOT NULL,
    begun    INTEGER NOT NULL,
    -- The anchor, as JSON; its serial again for reports.
    anchor   TEXT,
    serial   INTEGER,
    PRIMARY KEY (device, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE passage (
    row         INTEGER PRIMARY KEY,
    device      BLOB NOT NULL REFERENCES device (id),
    epoch       INTEGER NOT NULL,
    -- The serial, or a digest where the firmware gives none.
    entry       TEXT NOT NULL,
    serial      INTEGER,
    major       INTEGER NOT NULL,
    minor       INTEGER NOT NULL,
    verdict     TEXT NOT NULL,
    direction   TEXT NOT NULL,
    at          INTEGER NOT NULL,
    certainty   TEXT NOT NULL,
    live        INTEGER NOT NULL,
    received    INTEGER NOT NULL,
    device_time TEXT,
    reader_no   INTEGER,
    door_no     INTEGER,
    person_no   TEXT,
    card_no     TEXT,
    visit       BLOB,
    picture     TEXT,
    -- The device says by this that the person of a grant did not go through.
    takes_back  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX passage_once ON passage (device, epoch, entry);
CREATE INDEX passage_near ON passage (device, epoch, at) WHERE verdict = 'granted';
CREATE INDEX passage_taken_back ON passage (device, epoch, at) WHERE takes_back = 1;

CREATE TABLE incident (
    row       INTEGER PRIMARY KEY,
    id        BLOB NOT NULL UNIQUE,
    kind      TEXT NOT NULL,
    severity  TEXT NOT NULL,
    status    TEXT NOT NULL,
    visit     BLOB,
    passage   INTEGER REFERENCES passage (row),
    at        INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    late      INTEGER NOT NULL,
    withdrawn TEXT,
    previous  BLOB
) STRICT;
CREATE INDEX incident_by_cause ON incident (visit, kind, row);

-- Exits whose entry has not been read yet.
CREATE TABLE waiting_exit (
    passage INTEGER PRIMARY KEY REFERENCES passage (row),
    visit   BLOB NOT NULL,
    heard   INTEGER NOT NULL
) STRICT;
