"""Sees a table as any reader does: asks the Glue catalog with PyIceberg, and reads the rows that each new snapshot has added.

Arguments: endpoint (or -), region, table. Prints one JSON line per snapshot: when its rows had been read (ms since the epoch), how many,
the smallest and largest Kafka timestamp among them, and a histogram of (visible - Kafka timestamp) in buckets of 10 ms. Ends with its
standard input."""

import collections
import json
import sys
import threading
import time

import pyarrow.parquet as pq
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.manifest import ManifestEntryStatus

endpoint, region, name = sys.argv[1:4]
options = {"type": "glue", "glue.region": region, "s3.region": region}
if endpoint != "-":
    options |= {"glue.endpoint": endpoint, "s3.endpoint": endpoint}
    options |= {f"{service}.{key}": "test" for service in ("glue", "s3") for key in ("access-key-id", "secret-access-key")}
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
            stamps[pair["values"]] += pair["counts"]
    visible_ms = time.time() * 1000
    buckets = collections.Counter()
    for stamp, count in stamps.items():
        buckets[int(max(0, visible_ms - stamp / 1000) // 10 * 10)] += count
    first, last = min(stamps, default=0) / 1000, max(stamps, default=0) / 1000
    print(json.dumps({"visibleMs": visible_ms, "rows": stamps.total(), "firstMs": first, "lastMs": last, "buckets": buckets}), flush=True)


catalog = load_catalog("glue", **options)
seen = set()
while not ended.is_set():
    try:
        table = catalog.load_table(name)
    except NoSuchTableError:  # not made yet
        time.sleep(0.5)
        continue
    first_look = not seen
    for snapshot in table.metadata.snapshots:
        if snapshot.snapshot_id in seen:
            continue
        seen.add(snapshot.snapshot_id)
        if not first_look:  # what was there before anybody looked has no freshness
            report(table, snapshot)
    if first_look:
        print(json.dumps({"looking": True}), flush=True)
    time.sleep(0.1)
