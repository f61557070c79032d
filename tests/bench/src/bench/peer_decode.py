# Splits a captured alert stream by its boundary and reads its JSON. Prints MB/s of CPU time.
import json, sys, time

with open(sys.argv[1], "rb") as file:
    data = file.read()
begun = time.process_time()
events = 0
for part in data.split(b"--MIME_boundary"):
    head, _, body = part.partition(b"\r\n\r\n")
    if b"application/json" in head:
        event = json.loads(body)
        events += event.get("eventType") == "AccessControllerEvent"
took = time.process_time() - begun
assert events > 0
print(len(data) / 1e6 / took)
