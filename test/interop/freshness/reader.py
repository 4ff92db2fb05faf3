"""Sees a table as any reader does: asks its catalog with PyIceberg, and reads the rows that each new snapshot has added.

The argument is JSON: {"catalog": options of load_catalog, "table": name, "waitFor"?: file of a catalog that is still to be made,
"everyMs": how often it looks}. Prints {"looking": true} once it has seen the table, and from then on one line per snapshot: when it was
committed by its own word ("committedMs", since the epoch), when its rows had been read ("visibleMs") and how many of them there are by
Kafka timestamp ("stamps", ms). A snapshot that only rewrites files brings nobody anything new. Ends with its standard input."""

import collections
import json
import os
import sys
import threading
import time

import pyarrow.parquet as pq
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.manifest import ManifestEntryStatus
from pyiceberg.table.snapshots import Operation

request = json.loads(sys.argv[1])
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()


def added_files(table, snapshot):
    for manifest in snapshot.manifests(table.io):
        if manifest.added_snapshot_id != snapshot.snapshot_id:
            continue
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
            if entry.status == ManifestEntryStatus.ADDED and entry.snapshot_id == snapshot.snapshot_id:
                yield entry.data_file.file_path


def report(table, snapshot):
    stamps = collections.Counter()
    for path in added_files(table, snapshot):
        with table.io.new_input(path).open() as file:
            column = pq.read_table(file, columns=["kafka_timestamp"]).column(0)
        for pair in column.cast("int64").value_counts().to_pylist():
            stamps[pair["values"] // 1000] += pair["counts"]
    print(json.dumps({"visibleMs": time.time() * 1000, "committedMs": snapshot.timestamp_ms, "stamps": stamps}), flush=True)


def load(catalog):
    try:
        return catalog.load_table(request["table"])
    except NoSuchTableError:  # not made yet
        return None
    except Exception as error:
        if "no such table" not in str(error):  # of SQLite: the catalog itself is still being made
            raise
        return None


while request.get("waitFor") and not os.path.exists(request["waitFor"]) and not ended.is_set():
    time.sleep(0.2)
catalog = load_catalog("firn", **request["catalog"])
seen = None
while not ended.is_set():
    table = load(catalog)
    if table is None:
        time.sleep(0.2)
        continue
    snapshots = table.metadata.snapshots
    if seen is None:  # what was there before anybody looked has no freshness
        seen = {snapshot.snapshot_id for snapshot in snapshots}
        print(json.dumps({"looking": True}), flush=True)
    for snapshot in snapshots:
        if snapshot.snapshot_id in seen:
            continue
        seen.add(snapshot.snapshot_id)
        if snapshot.summary is None or snapshot.summary.operation != Operation.REPLACE:
            report(table, snapshot)
    time.sleep(request["everyMs"] / 1000)
