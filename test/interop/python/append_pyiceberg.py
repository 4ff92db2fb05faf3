"""append_pyiceberg.py WAREHOUSE TABLE COUNT: another writer commits to a table of ours: PyIceberg appends copies of its first
COUNT rows under a source of its own, at offsets of its own."""
import json
import sys

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog

warehouse, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
table = SqlCatalog("firn", uri=f"sqlite:///{warehouse}/catalog.db").load_table(name)
rows = table.scan(limit=count).to_arrow()
index = rows.schema.get_field_index("source_id")
foreign = rows.set_column(index, rows.schema.field(index), pa.array(["pyiceberg"] * rows.num_rows, rows.schema.field(index).type))
before = table.scan().count()
table.append(foreign)
json.dump({"appended": rows.num_rows, "before": before, "after": table.scan().count()}, sys.stdout)
