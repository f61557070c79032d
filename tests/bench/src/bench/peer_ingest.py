# The same rows and the same journal as `ingest`, with Python's own SQLite: WAL,
# synchronous=FULL, batches of 256, a SHA-256 over each operation and the one before it.
# Nothing is sealed, paired or looked up but the passage itself. Prints events/s and
# microseconds of CPU an event.
import hashlib, json, os, sqlite3, sys, time

path, events = sys.argv[1], int(sys.argv[2])
db = sqlite3.connect(path, isolation_level=None)
db.execute("PRAGMA journal_mode=wal")
db.execute("PRAGMA synchronous=full")
db.executescript("""
CREATE TABLE op (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, desk BLOB, incarnation BLOB,
  oseq INTEGER, hlc INTEGER, schema INTEGER, kind TEXT, entity TEXT, author TEXT, written INTEGER,
  payload BLOB, payload_hash BLOB, prev BLOB, hash BLOB);
CREATE UNIQUE INDEX op_by_writer ON op (desk, incarnation, oseq);
CREATE TABLE fact (visit BLOB, id TEXT, kind TEXT, at INTEGER, origin TEXT, author TEXT,
  PRIMARY KEY (visit, id)) WITHOUT ROWID;
CREATE TABLE passage (row INTEGER PRIMARY KEY, device BLOB, epoch INTEGER, entry TEXT, serial INTEGER,
  major INTEGER, minor INTEGER, verdict TEXT, direction TEXT, at INTEGER, certainty TEXT, live INTEGER,
  received INTEGER, device_time TEXT, reader_no INTEGER, door_no INTEGER, person_no TEXT, card_no TEXT,
  visit BLOB, picture TEXT, takes_back INTEGER);
CREATE UNIQUE INDEX passage_once ON passage (device, epoch, entry);
CREATE INDEX passage_near ON passage (device, epoch, at) WHERE verdict = 'granted';
""")
desk, life, device = os.urandom(16), os.urandom(16), os.urandom(16)
author = device.hex()
seq, prev = 0, b"\0" * 32


def journal(kind, entity, fields, now):
    global seq, prev
    seq += 1
    payload = json.dumps(fields).encode()
    body = hashlib.sha256(payload).digest()
    op = os.urandom(16)
    head = b"|".join([op, desk, life, str(seq).encode(), str(now).encode(), b"1", kind.encode(),
                      entity.encode(), author.encode(), body, prev])
    link = hashlib.sha256(head).digest()
    db.execute("INSERT INTO op VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
               (seq, op, desk, life, seq, now, 1, kind, entity, author, now, payload, body, prev, link))
    prev = link


begun, cpu = time.perf_counter(), time.process_time()
for first in range(1, events + 1, 256):
    db.execute("BEGIN IMMEDIATE")
    for serial in range(first, min(first + 256, events + 1)):
        now = time.time_ns() // 1000
        text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now / 1e6))
        paired = serial % 2 == 0
        person = str(serial // 2 % 10000 + 1 if paired else 1000000 + serial)
        visit = person.encode().rjust(16) if paired else None
        known = db.execute("SELECT row FROM passage WHERE device=? AND epoch=1 AND entry=?",
                           (device, str(serial))).fetchone()
        if known:
            continue
        db.execute("INSERT INTO passage VALUES (NULL,?,1,?,?,5,75,'granted','in',?,'measured',1,?,?,1,1,?,NULL,?,NULL,0)",
                   (device, str(serial), serial, now, now, text, person, visit))
        journal("passage.recorded", f"{author}/1/{serial}",
                {"major": 5, "minor": 75, "verdict": "granted", "direction": "in", "at": text,
                 "certainty": "measured", "live": True, "received": text, "device_time": text,
                 "reader_no": 1, "door_no": 1, "person_no": person}, now)
        if paired:
            name = f"{author}/1/{serial}"
            db.execute("INSERT INTO fact VALUES (?,?,'entered',?,'door',?)", (visit, name, now, author))
            journal("visit.fact", person, {"kind": "entered", "at": text, "origin": "door", "fact": name}, now)
    db.execute("COMMIT")
took, cpu = time.perf_counter() - begun, time.process_time() - cpu
print(events / took, cpu * 1e6 / events)
