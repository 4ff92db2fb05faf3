"""read_duckdb.py NAME=METADATA...: tables as DuckDB's iceberg extension reads them by their metadata files, in canonical JSON."""
import importlib
import json
import pathlib
import sys

import duckdb

import canonical

connection = duckdb.connect()
for name in ("avro", "iceberg"):  # the wheels carry the extension files: nothing is downloaded
    package = importlib.import_module(f"duckdb_extension_{name}")
    extension = next(pathlib.Path(package.__file__).parent.rglob(f"{name}.duckdb_extension"))
    connection.execute(f"load '{extension}'")
connection.execute("set TimeZone='UTC'")
out = {}
for argument in sys.argv[1:]:
    name, metadata = argument.split("=", 1)
    path = metadata.removeprefix("file://").replace("'", "''")
    out[name] = {"rows": canonical.rows(connection.execute(f"select * from iceberg_scan('{path}')").to_arrow_table())}
json.dump(out, sys.stdout, ensure_ascii=False)
