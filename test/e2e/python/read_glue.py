"""Reads tables as an analyst's Python does: PyIceberg's GlueCatalog over the Glue endpoint, files from S3; nothing of ours. DuckDB then
answers questions over the rows. Reads {"endpoint", "region", "tables": {view: "namespace.table"}, "queries": {name: SQL}} from the file
named and prints each query's rows as text, and under "schemas" each table's columns."""

import json
import pathlib
import sys

import duckdb
from pyiceberg.catalog import load_catalog

request = json.loads(pathlib.Path(sys.argv[1]).read_text())
options = {"type": "glue", "glue.region": request["region"], "s3.region": request["region"]}
if request.get("endpoint"):
    options |= {"glue.endpoint": request["endpoint"], "s3.endpoint": request["endpoint"]}
    options |= {f"{service}.{key}": "test" for service in ("glue", "s3") for key in ("access-key-id", "secret-access-key")}
catalog = load_catalog("glue", **options)
connection = duckdb.connect()
connection.execute("set TimeZone='UTC'")
schemas = {}
for view, name in request["tables"].items():
    table = catalog.load_table(name)
    schemas[view] = [[field.name, str(field.field_type)] for field in table.schema().fields]
    connection.register(view, table.scan().to_arrow())
answers = {}
for name, sql in request["queries"].items():
    answers[name] = [[None if v is None else str(v) for v in row] for row in connection.execute(sql).fetchall()]
json.dump({"schemas": schemas, "answers": answers}, sys.stdout, ensure_ascii=False)
