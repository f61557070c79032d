-- What the window needs: search by a few letters, the visits of a day, sessions of browsers.

-- Visitor, host, person and card number, folded as domain::fold does; filled by the program.
ALTER TABLE visit ADD COLUMN search TEXT NOT NULL DEFAULT '';
CREATE INDEX visit_by_until ON visit (valid_until);

CREATE INDEX incident_open ON incident (row) WHERE status IN ('new', 'investigating') AND withdrawn IS NULL;
CREATE INDEX passage_of_visit ON passage (visit, at) WHERE visit IS NOT NULL;

-- Who planned a visit.
CREATE INDEX op_of_visit ON op (entity) WHERE kind = 'visit.planned';

-- Browsers that were let in, by the hash of what their cookie holds.
CREATE TABLE web_session (
    hash    BLOB PRIMARY KEY,
    begun   INTEGER NOT NULL,
    -- The last request, to the minute.
    seen    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
