"""spark_writer.py WAREHOUSE JARS: Spark as another writer of a SQLite catalog's tables, with deletes as delete files, rewrites and
expiry. One JSON command per line of standard input, one JSON answer per line of standard output."""
import json
import os
import sys

out = os.fdopen(os.dup(1), "w")  # Spark itself writes to standard output
os.dup2(2, 1)
from pyspark.sql import SparkSession  # noqa: E402

warehouse, jars = sys.argv[1:3]
session = (
    SparkSession.builder.master("local[1]")
    .config("spark.jars", jars)
    .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
    .config("spark.sql.catalog.firn", "org.apache.iceberg.spark.SparkCatalog")
    .config("spark.sql.catalog.firn.type", "jdbc")
    .config("spark.sql.catalog.firn.uri", f"jdbc:sqlite:{warehouse}/catalog.db?busy_timeout=20000")
    .config("spark.sql.catalog.firn.warehouse", f"file://{warehouse}")
    .config("spark.sql.catalog.firn.jdbc.schema-version", "V1")
    .config("spark.sql.catalog.firn.cache-enabled", "false")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.memory", "1g")
    .config("spark.sql.session.timeZone", "UTC")
    .getOrCreate()
)


def run(command):
    table = f"firn.{command['table']}"
    name = command.get("name")
    match command["do"]:
        case "append":
            columns = [field.name for field in session.table(table).schema.fields]
            chosen = {"source_id": "'spark'", "kafka_offset": f"{command['from']} + row_number() over (order by kafka_offset) - 1"}
            select = ", ".join(f"{chosen.get(column, f'`{column}`')} as `{column}`" for column in columns)
            session.sql(
                f"insert into {table} select {select} from (select * from {table} where source_id like 'visits%' order by kafka_offset limit {command['count']})"
            )
        case "delete":
            session.sql(f"alter table {table} set tblproperties ('write.delete.mode'='merge-on-read')")
            session.sql(f"delete from {table} where source_id = 'spark' and kafka_offset = {command['offset']}")
        case "update":
            session.sql(f"alter table {table} set tblproperties ('write.update.mode'='merge-on-read')")
            session.sql(f"update {table} set kafka_topic = 'changed' where source_id = 'spark'")
        case "rewrite":
            session.sql(f"call firn.system.rewrite_data_files(table => '{command['table']}', options => map('rewrite-all', 'true'))").collect()
        case "manifests":
            session.sql(f"call firn.system.rewrite_manifests('{command['table']}')").collect()
        case "expire":
            session.sql(f"call firn.system.expire_snapshots(table => '{command['table']}', older_than => now(), retain_last => {command['keep']})").collect()
        case "evolve":
            session.sql(f"alter table {table} add column {name} string comment 'by Spark'")
        case "spec":
            session.sql(f"alter table {table} add partition field bucket(5, kafka_offset) as {name}")
        case "unspec":
            session.sql(f"alter table {table} drop partition field {name}")
        case "tag":
            session.sql(f"alter table {table} create tag `{name}` retain 7 days")
        case "property":
            session.sql(f"alter table {table} set tblproperties ('{name}'='by spark')")
        case "read":
            pass
    rows = session.sql(f"select source_id, count(*) from {table} group by 1 order by 1").collect()
    return {"ok": True, "rows": {row[0]: row[1] for row in rows}}


for line in sys.stdin:
    try:
        answer = run(json.loads(line))
    except Exception as error:  # the suite wants to hear of it and go on
        answer = {"ok": False, "error": f"{type(error).__name__}: {error}"[:1500]}
    print(json.dumps(answer), file=out, flush=True)
