"""Sees a table as any reader does: asks the SQL catalog with PyIceberg, and reads the rows that each new snapshot has added.

Prints one JSON line per snapshot: when its rows had been read (ms since the epoch), how many, the smallest and largest Kafka
timestamp among them, and a histogram of (visible - Kafka timestamp) in buckets of 10 ms. Ends with its standard input.
"""

import collections
import json
import os
import sys
import threading
import time

import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import ManifestEntryStatus

warehouse, name = sys.argv[1], sys.argv[2]
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
        column = pq.read_table(path.removeprefix("file://"), columns=["kafka_timestamp"]).column(0)
        for pair in column.cast("int64").value_counts().to_pylist():
            stamps[pair["values"]] += pair["counts"]
    visible_ms = time.time() * 1000
    buckets = collections.Counter()
    for stamp, count in stamps.items():
        buckets[int(max(0, visible_ms - stamp / 1000) // 10 * 10)] += count
    first, last = min(stamps, default=0) / 1000, max(stamps, default=0) / 1000
    print(json.dumps({"visibleMs": visible_ms, "rows": stamps.total(), "firstMs": first, "lastMs": last, "buckets": buckets}), flush=True)


while not os.path.exists(f"{warehouse}/catalog.db") and not ended.is_set():
    time.sleep(0.2)
catalog = SqlCatalog("firn", uri=f"sqlite:///{warehouse}/catalog.db")
seen = set()
while not ended.is_set():
    try:
        table = catalog.load_table(name)
    except Exception as error:  # not made yet
        if type(error).__name__ != "NoSuchTableError" and "no such table" not in str(error):
            raise
        time.sleep(0.2)
        continue
    for snapshot in table.metadata.snapshots:
        if snapshot.snapshot_id not in seen:
            seen.add(snapshot.snapshot_id)
            report(table, snapshot)
    time.sleep(0.05)
