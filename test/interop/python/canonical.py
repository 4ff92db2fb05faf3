"""One JSON form for the values of an Arrow table, exact and the same whichever engine read them; test/interop/canonical.ts writes
the expected values in it. Integers, dates (days), times and timestamps (microseconds, nanoseconds for _ns) are decimal text,
floating point is the big-endian hex of the value as a double (`nan` for NaN), decimals are `<unscaled>e-<scale>`, binaries hex,
maps sorted lists of pairs."""
import datetime
import struct
import uuid
from decimal import Context

import pyarrow as pa
import pyarrow.compute as pc

WIDE = Context(prec=100)
EPOCH = datetime.datetime(1970, 1, 1)
MICRO = datetime.timedelta(microseconds=1)


def rows(table: pa.Table) -> list[dict]:
    columns = [(name, _column(table.column(name))) for name in table.column_names]
    return [dict(zip([name for name, _ in columns], values)) for values in zip(*[values for _, values in columns])] if columns else []


def _column(column: pa.ChunkedArray) -> list:
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return [None if v is None else str(v) for v in column.cast(pa.int64()).to_pylist()]
    if pa.types.is_struct(kind):  # by member: Python has no nanoseconds
        members = [(kind.field(i).name, _column(pc.struct_field(column, [i]))) for i in range(kind.num_fields)]
        there = column.is_valid().to_pylist()
        return [{name: values[row] for name, values in members} if here else None for row, here in enumerate(there)]
    return [_value(v, kind) for v in column.to_pylist()]


def _value(v, t: pa.DataType):
    if v is None:
        return None
    if isinstance(t, pa.BaseExtensionType):
        return str(v if isinstance(v, uuid.UUID) else uuid.UUID(bytes=v)) if t.extension_name == "arrow.uuid" else _value(v, t.storage_type)
    if pa.types.is_boolean(t):
        return v
    if pa.types.is_integer(t):
        return str(v)
    if pa.types.is_floating(t):
        return "nan" if v != v else struct.pack(">d", v).hex()
    if pa.types.is_decimal(t):
        return f"{int(v.scaleb(t.scale, WIDE))}e-{t.scale}"
    if pa.types.is_date(t):
        return str((v - EPOCH.date()).days)
    if pa.types.is_time(t):
        return str(((v.hour * 60 + v.minute) * 60 + v.second) * 1_000_000 + v.microsecond)
    if pa.types.is_timestamp(t):
        return str((v.astimezone(datetime.timezone.utc).replace(tzinfo=None) if v.tzinfo else v).__sub__(EPOCH) // MICRO)
    if isinstance(v, (bytes, bytearray)):
        return bytes(v).hex()
    if isinstance(v, str):
        return v
    if pa.types.is_struct(t):
        return {t.field(i).name: _value(v[t.field(i).name], t.field(i).type) for i in range(t.num_fields)}
    if pa.types.is_map(t):
        entries = v.items() if isinstance(v, dict) else v
        return sorted([_value(k, t.key_type), _value(x, t.item_type)] for k, x in entries)
    if pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_fixed_size_list(t):
        return [_value(x, t.value_type) for x in v]
    raise TypeError(f"no canonical form for {t}")
