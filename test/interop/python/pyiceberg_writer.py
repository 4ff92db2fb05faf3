"""pyiceberg_writer.py sql WAREHOUSE | rest URI: PyIceberg as another writer, and PyIceberg and DuckDB as readers, of one catalog's
tables. One JSON command per line of standard input, one JSON answer per line: rows by source and what a careless writer would lose."""
import datetime
import importlib
import json
import pathlib
import sys
import uuid

import duckdb
import pyarrow as pa
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.expressions import EqualTo
from pyiceberg.table.statistics import BlobMetadata, StatisticsFile
from pyiceberg.transforms import BucketTransform
from pyiceberg.types import DecimalType, DoubleType, IntegerType, LongType, StringType, TimestamptzType

kind, place = sys.argv[1:3]
catalog = SqlCatalog("firn", uri=f"sqlite:///{place}/catalog.db") if kind == "sql" else RestCatalog("firn", uri=place)
duck = duckdb.connect()
for name in ("avro", "iceberg"):
    package = importlib.import_module(f"duckdb_extension_{name}")
    extension = next(pathlib.Path(package.__file__).parent.rglob(f"{name}.duckdb_extension"))
    duck.execute(f"load '{extension}'")


def value(field, n, source):
    if field.name == "source_id":
        return source
    match field.field_type:
        case LongType() | IntegerType():
            return n
        case StringType():
            return f"{field.name}-{n}"
        case DoubleType():
            return float(n)
        case TimestamptzType():
            return datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=n)
        case DecimalType():
            return None
        case _:
            return None


def rows_of(table, count, start, source):
    fields = table.schema().fields
    columns = {field.name: [value(field, start + i, source) for i in range(count)] for field in fields}
    return pa.table(columns, schema=table.schema().as_arrow())


def append(table, command):
    table.append(rows_of(table, command["count"], command["from"], command["source"]))


def overwrite(table, command):
    table.overwrite(rows_of(table, command["count"], command["from"], command["source"]), EqualTo("source_id", command["source"]))


def delete(table, command):
    table.delete(EqualTo("source_id", command["source"]))


def evolve(table, command):
    with table.update_schema() as update:
        update.add_column(command["name"], StringType(), doc="by PyIceberg")


def rename(table, command):
    with table.update_schema() as update:
        update.rename_column(command["name"], command["to"])


def spec(table, command):
    with table.update_spec() as update:
        update.add_field("kafka_offset", BucketTransform(3), command["name"])


def unspec(table, command):
    with table.update_spec() as update:
        update.remove_field(command["name"])


def properties(table, command):
    with table.transaction() as transaction:
        transaction.set_properties({command["name"]: command["value"]})


def tag(table, command):
    table.manage_snapshots().create_tag(table.current_snapshot().snapshot_id, command["name"]).commit()


def branch(table, command):
    table.manage_snapshots().create_branch(table.current_snapshot().snapshot_id, command["name"]).commit()


def expire(table, command):
    kept = {ref.snapshot_id for ref in table.metadata.refs.values()}
    ids = [s.snapshot_id for s in table.metadata.snapshots if s.snapshot_id not in kept][: command["count"]]
    if ids:
        table.maintenance.expire_snapshots().by_ids(ids).commit()


def statistics(table, command):
    current = table.current_snapshot()
    path = f"{table.location()}/metadata/{uuid.uuid4()}.stats"
    with table.io.new_output(path).create() as out:
        out.write(b"PFA1")
    blob = BlobMetadata(type="apache-datasketches-theta-v1", **{"snapshot-id": current.snapshot_id, "sequence-number": current.sequence_number}, fields=[1])
    file = StatisticsFile(
        **{"snapshot-id": current.snapshot_id, "statistics-path": path, "file-size-in-bytes": 4, "file-footer-size-in-bytes": 0, "blob-metadata": [blob]}
    )
    with table.update_statistics() as update:
        update.set_statistics(file)


def read(table, command):
    pass


def counted(sources):
    counts = {}
    for source in sources:
        counts[source] = counts.get(source, 0) + 1
    return dict(sorted(counts.items()))


def answer(table):
    by_duckdb = {}
    if table.current_snapshot() is not None:
        path = table.metadata_location.removeprefix("file://").removeprefix("file:").replace("'", "''")
        by_duckdb = dict(sorted(duck.execute(f"select source_id, count(*) from iceberg_scan('{path}') group by 1").fetchall()))
    return {
        "ok": True,
        "rows": counted(table.scan(selected_fields=("source_id",)).to_arrow().column("source_id").to_pylist()),
        "duckdb": by_duckdb,
        "snapshots": len(table.metadata.snapshots),
        "refs": len(table.metadata.refs),
        "statistics": len(table.metadata.statistics),
        "columns": len(table.schema().fields),
        "properties": len(table.metadata.properties),
    }


for line in sys.stdin:
    command = json.loads(line)
    try:
        for attempt in range(20):
            table = catalog.load_table(command["table"])
            try:
                globals()[command["do"]](table, command)
                break
            except CommitFailedException:
                if attempt == 19:
                    raise
        print(json.dumps(answer(catalog.load_table(command["table"]))), flush=True)
    except Exception as error:  # the suite wants to hear of it and go on
        print(json.dumps({"ok": False, "error": f"{type(error).__name__}: {error}"[:1500]}), flush=True)
