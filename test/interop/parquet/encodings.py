"""Which engine reads which Parquet encoding with its default settings: the evidence behind docs/parquet.md.

Writes one file per encoding with pyarrow (and takes files of ours from a directory), reads each with pyarrow, DuckDB, chdb and, as a table,
with Spark over Iceberg's vectorised reader; prints one line per file and engine: `same`, `differs`, or the first line of the error.

  python encodings.py WORK_DIRECTORY [--ours DIRECTORY] [--iceberg ICEBERG_SPARK_RUNTIME_JAR] [--only PREFIX,…]

Needs pyarrow and duckdb, and for the others chdb and pyspark; an engine that is not installed is said to be missing.
"""
import argparse
import datetime
import importlib.util
import os

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 5000


def column(kind, i):
    if i % 7 == 3:
        return None
    return {
        "i": (i * 7919) % 100003 - 50000,
        "l": 2**40 + i * 1000003,
        "f": float(i % 1000) / 4,
        "d": i / 8 - 100,
        "s": "row-%d-%s" % (i, "x" * (i % 9)),
        "b": i % 3 == 0,
        "t": datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(microseconds=i * 1500017),
    }[kind]


TYPES = {"i": pa.int32(), "l": pa.int64(), "f": pa.float32(), "d": pa.float64(), "s": pa.string(), "b": pa.bool_(), "t": pa.timestamp("us", "UTC")}
TABLE = pa.table({name: pa.array([column(name, i) for i in range(ROWS)], kind) for name, kind in TYPES.items()})

DELTA = {"i": "DELTA_BINARY_PACKED", "l": "DELTA_BINARY_PACKED", "t": "DELTA_BINARY_PACKED"}
CASES = {
    "v1 PLAIN": dict(use_dictionary=False),
    "v1 RLE_DICTIONARY": dict(use_dictionary=True),
    "v1 DELTA_BINARY_PACKED": dict(use_dictionary=False, column_encoding=DELTA),
    "v1 DELTA_LENGTH_BYTE_ARRAY": dict(use_dictionary=False, column_encoding={"s": "DELTA_LENGTH_BYTE_ARRAY"}),
    "v1 DELTA_BYTE_ARRAY": dict(use_dictionary=False, column_encoding={"s": "DELTA_BYTE_ARRAY"}),
    "v1 BYTE_STREAM_SPLIT float, double": dict(use_dictionary=False, column_encoding={"f": "BYTE_STREAM_SPLIT", "d": "BYTE_STREAM_SPLIT"}),
    "v1 BYTE_STREAM_SPLIT int32, int64": dict(use_dictionary=False, column_encoding={"i": "BYTE_STREAM_SPLIT", "l": "BYTE_STREAM_SPLIT"}),
    "v2 PLAIN": dict(use_dictionary=False, data_page_version="2.0", column_encoding={"b": "PLAIN"}),
    "v2 RLE_DICTIONARY": dict(use_dictionary=["i", "l", "f", "d", "s", "t"], data_page_version="2.0", column_encoding={"b": "PLAIN"}),
    "v2 RLE boolean": dict(use_dictionary=False, data_page_version="2.0", column_encoding={"b": "RLE"}),
    "v2 DELTA_BINARY_PACKED": dict(use_dictionary=False, data_page_version="2.0", column_encoding={"b": "PLAIN", **DELTA}),
}


def write_files(directory, ours):
    os.makedirs(directory, exist_ok=True)
    files = {}
    for name, options in CASES.items():
        path = os.path.join(directory, name.replace(" ", "_").replace(",", "") + ".parquet")
        pq.write_table(TABLE, path, compression="zstd", **options)
        files[name] = path
    for name in sorted(os.listdir(ours)) if ours else []:
        if not name.endswith(".parquet"):
            continue
        files["ours " + name] = os.path.join(ours, name)
    return files


def rows_of(table):
    return sorted(table.cast(TABLE.schema).to_pylist(), key=repr)


def read_pyarrow(path):
    return pq.read_table(path)


def read_duckdb(path):
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone='UTC'")
    return connection.execute("SELECT i, l, f, d, s, b, t FROM read_parquet('%s')" % path).to_arrow_table()


def read_chdb(path):
    import chdb

    data = chdb.query("SELECT i, l, f, d, s, b, t FROM file('%s', Parquet)" % path, "Arrow").bytes()
    table = pa.ipc.open_file(pa.BufferReader(data)).read_all()
    at = table.schema.get_field_index("s")
    return table.set_column(at, "s", table.column("s").cast(pa.string()))


def make_spark(directory, jar):
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]").config("spark.jars", jar).config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.catalog.h", "org.apache.iceberg.spark.SparkCatalog").config("spark.sql.catalog.h.type", "hadoop")
    builder = builder.config("spark.sql.catalog.h.warehouse", os.path.join(directory, "spark"))
    builder = builder.config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
    builder = builder.config("spark.ui.showConsoleProgress", "false").config("spark.sql.shuffle.partitions", "1")
    spark = builder.config("spark.sql.session.timeZone", "UTC").config("spark.driver.memory", "1g").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def spark_reader(spark):
    made = [0]

    def read(path):
        made[0] += 1
        name = "h.d.t%d" % made[0]
        spark.sql("DROP TABLE IF EXISTS " + name)
        spark.sql("CREATE TABLE %s (i INT, l BIGINT, f FLOAT, d DOUBLE, s STRING, b BOOLEAN, t TIMESTAMP) USING iceberg" % name)
        spark.sql("CALL h.system.add_files(table => '%s', source_table => '`parquet`.`%s`')" % (name[2:], os.path.dirname(one(path))))
        rows = spark.sql("SELECT i, l, f, d, s, b, unix_micros(t) AS t FROM " + name).collect()
        values = {field.name: pa.array([row[field.name] for row in rows], pa.int64() if field.name == "t" else field.type) for field in TABLE.schema}
        values["t"] = values["t"].cast(pa.timestamp("us", "UTC"))
        return pa.table(values)

    def one(path):
        """add_files takes directories."""
        home = path + ".d"
        os.makedirs(home, exist_ok=True)
        link = os.path.join(home, "file.parquet")
        if not os.path.exists(link):
            os.link(path, link)
        return link

    return read


def attempt(read, path, expected):
    try:
        return "same" if rows_of(read(path)) == expected else "differs"
    except Exception as error:  # noqa: BLE001: what an engine says is the result
        lines = [line.strip() for line in str(error).splitlines() if line.startswith("Caused by: java") or "UnsupportedOperation" in line][-1:]
        return "fails: " + (lines or str(error).splitlines() or [type(error).__name__])[0][:160]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--ours")
    parser.add_argument("--iceberg")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    files = write_files(os.path.join(options.directory, "files"), options.ours)
    engines = {"pyarrow": read_pyarrow, "duckdb": read_duckdb}
    if importlib.util.find_spec("chdb"):
        engines["chdb"] = read_chdb
    else:
        print("chdb: missing")
    if options.iceberg and importlib.util.find_spec("pyspark"):
        engines["spark " + os.path.basename(options.iceberg)] = spark_reader(make_spark(options.directory, options.iceberg))
    expected = rows_of(TABLE)
    for name, path in files.items():
        if not name.startswith(tuple(options.only.split(","))):
            continue
        for engine, read in engines.items():
            print("%-40s %-50s %s" % (name, engine, attempt(read, path, expected)), flush=True)


if __name__ == "__main__":
    main()
