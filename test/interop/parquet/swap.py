"""pyarrow beside our writer and reader. Standard input is a JSON list of tasks {in, out, expected, options, rowGroup}: reads `in` and
compares every value with `expected` (rows of canonical cells, in order) and the footer's statistics with the values; then writes the
same table to `out` with other settings. Prints a JSON list: "ok" or what is wrong, by task."""
import json
import struct
import sys
from decimal import Context

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

WIDE = Context(prec=100)


def canonical(array):
    """Cells of an array: integers and times as decimal text, floats as hex of a double, decimals unscaled, bytes hex."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return canonical(array.storage)
    valid = array.is_valid().to_pylist()
    if pa.types.is_struct(kind):
        members = [canonical(array.field(i)) for i in range(kind.num_fields)]
        return [list(cells) if ok else None for ok, *cells in zip(valid, *members)]
    if pa.types.is_map(kind):
        pairs = [[k, v] for k, v in zip(canonical(array.keys), canonical(array.items))]
        return lists(array, pairs, valid)
    if pa.types.is_list(kind):
        return lists(array, canonical(array.values), valid)
    if pa.types.is_date32(kind):
        array = array.view(pa.int32())
    elif pa.types.is_timestamp(kind) or pa.types.is_time64(kind):
        array = array.view(pa.int64())
    return [None if value is None else scalar(value, array.type) for value in array.to_pylist()]


def lists(array, values, valid):
    offsets = array.offsets.to_pylist()
    return [values[a:b] if ok else None for a, b, ok in zip(offsets, offsets[1:], valid)]


def scalar(value, kind):
    if pa.types.is_boolean(kind):
        return value
    if pa.types.is_floating(kind):
        return "nan" if value != value else struct.pack(">d", value).hex()
    if pa.types.is_decimal(kind):
        return str(int(value.scaleb(kind.scale, WIDE)))
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, str) else str(value)


def rows_of(table):
    columns = [canonical(column.combine_chunks() if column.num_chunks else pa.array([], column.type)) for column in table.columns]
    return [list(cells) for cells in zip(*columns)]


def check_statistics(path, table):
    """Bounds of plain top-level columns hold their values; null counts are counted."""
    metadata = pq.read_metadata(path)
    at = 0
    for g in range(metadata.num_row_groups):
        group = metadata.row_group(g)
        part = table.slice(at, group.num_rows)
        at += group.num_rows
        for c in range(group.num_columns):
            chunk = group.column(c)
            if chunk.path_in_schema not in part.column_names:
                continue
            column = part.column(chunk.path_in_schema)
            stats = chunk.statistics
            if stats is None or stats.null_count != column.null_count:
                return "statistics of %s: null count" % chunk.path_in_schema
            kind = column.type
            if not stats.has_min_max or not (pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_decimal(kind)):
                continue
            values = [v.encode() if isinstance(v, str) else v for v in column.drop_null().to_pylist()]
            low, high = (v.encode() if isinstance(v, str) else v for v in (stats.min, stats.max))
            if low > min(values) or high < max(values):
                return "statistics of %s do not hold its values" % chunk.path_in_schema
    return None


def swap(task):
    table = pq.read_table(task["in"])
    found = rows_of(table)
    if found != task["expected"]:
        at = next((i for i, (a, b) in enumerate(zip(found, task["expected"])) if a != b), min(len(found), len(task["expected"])))
        return "row %d differs: got %s" % (at, json.dumps(found[at : at + 1])[:300])
    wrong = check_statistics(task["in"], table)
    if wrong:
        return wrong
    pq.write_table(table, task["out"], store_schema=False, row_group_size=task["rowGroup"], **task["options"])
    return "ok"


def attempt(task):
    try:
        return swap(task)
    except Exception as error:  # noqa: BLE001: what it says is the result
        return "%s: %s" % (type(error).__name__, str(error)[:300])


print(json.dumps([attempt(task) for task in json.load(sys.stdin)]))
