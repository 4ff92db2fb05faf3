"""query_duckdb.py: reads {"tables": {name: metadata file}, "queries": {name: SQL}} from the file named and prints each query's rows
as text, run by DuckDB's iceberg extension over views of those names."""
import importlib
import json
import pathlib
import sys

import duckdb

request = json.loads(pathlib.Path(sys.argv[1]).read_text())
connection = duckdb.connect()
for name in ("avro", "iceberg"):  # the wheels carry the extension files: nothing is downloaded
    package = importlib.import_module(f"duckdb_extension_{name}")
    extension = next(pathlib.Path(package.__file__).parent.rglob(f"{name}.duckdb_extension"))
    connection.execute(f"load '{extension}'")
connection.execute("set TimeZone='UTC'")
for name, metadata in request["tables"].items():
    path = metadata.removeprefix("file://").replace("'", "''")
    connection.execute(f"create view {name} as select * from iceberg_scan('{path}')")
out = {}
for name, sql in request["queries"].items():
    out[name] = [[None if v is None else str(v) for v in row] for row in connection.execute(sql).fetchall()]
json.dump(out, sys.stdout, ensure_ascii=False)
