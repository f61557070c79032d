# Copies a database as it is, compresses the copy, opens it again and has it checked.
# Prints seconds, and bytes of what came of it.
import gzip
import hashlib
import os
import shutil
import sqlite3
import sys
import time

source, folder = sys.argv[1:]
copy, packed, back = (os.path.join(folder, name) for name in ("copy", "packed.gz", "back"))
begun = time.monotonic()
with sqlite3.connect(source) as database, sqlite3.connect(copy) as target:
    database.backup(target)
database.close()
target.close()


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


before = digest(copy)
with open(copy, "rb") as file, gzip.open(packed, "wb", compresslevel=1) as out:
    shutil.copyfileobj(file, out, 1 << 20)
with gzip.open(packed, "rb") as file, open(back, "wb") as out:
    shutil.copyfileobj(file, out, 1 << 20)
assert digest(back) == before
checked = sqlite3.connect(back)
assert checked.execute("PRAGMA quick_check").fetchone() == ("ok",)
checked.close()
print(time.monotonic() - begun, os.path.getsize(packed))
