"""read_pyiceberg.py WAREHOUSE [TABLE...]: every table of the warehouse's catalog as PyIceberg reads it, in canonical JSON."""
import json
import sys

from pyiceberg.catalog.sql import SqlCatalog

import canonical

warehouse, wanted = sys.argv[1], sys.argv[2:]
catalog = SqlCatalog("firn", uri=f"sqlite:///{warehouse}/catalog.db")
names = wanted or sorted(f"{ns[0]}.{t[1]}" for ns in catalog.list_namespaces() for t in catalog.list_tables(ns))
out = {}
for name in names:
    table = catalog.load_table(name)
    arrow = table.scan().to_arrow()
    snapshot = table.current_snapshot()
    out[name] = {
        "rows": canonical.rows(arrow),
        "count": table.scan().count(),
        "snapshots": len(table.metadata.snapshots),
        "properties": dict(table.properties),
        "summary": dict(snapshot.summary.additional_properties) if snapshot and snapshot.summary else {},
        "partition": [f"{f.transform} {f.name}" for f in table.spec().fields],
        "fields": {f.name: str(f.field_type).replace(", ", ",") for f in table.schema().fields},
    }
json.dump(out, sys.stdout, ensure_ascii=False)
