-- What is known of backups where they lie, and which pictures are to lie there no more.

CREATE TABLE backup_copy (
    row      INTEGER PRIMARY KEY,
    target   TEXT NOT NULL,
    name     TEXT NOT NULL,
    taken    INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    -- When it was last read back whole, and what was found wrong.
    verified INTEGER,
    problem  TEXT,
    UNIQUE (target, name)
) STRICT;

-- Pictures of who was erased: backups that are older than that still have them beside them.
CREATE TABLE picture_gone (
    name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
