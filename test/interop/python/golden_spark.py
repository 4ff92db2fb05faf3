"""golden_spark.py DIR RUNTIME_JAR: small tables that Spark writes with iceberg's runtime, in a Hadoop catalog at DIR; prints NAME METADATA.
Needs pyspark of the jar's version in the Python that runs it."""
import glob
import sys

from pyspark.sql import SparkSession

folder, jar = sys.argv[1], sys.argv[2]
spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.jars", jar)
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "1")
    .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
    .config("spark.sql.catalog.g", "org.apache.iceberg.spark.SparkCatalog")
    .config("spark.sql.catalog.g.type", "hadoop")
    .config("spark.sql.catalog.g.warehouse", folder)
    .getOrCreate()
)
MERGE_ON_READ = ", ".join(f"'write.{what}.mode'='merge-on-read'" for what in ("delete", "update", "merge"))
COLUMNS = """id bigint not null, at timestamp, day date, name string, price decimal(9,2), ratio double, flag boolean,
 raw binary, place struct<x:int, y:string>, tags array<string>, counts map<string,bigint>"""
ROWS = """select id, timestamp_micros(id * 3600000001), date_add(date'1969-12-30', cast(id % 9 as int)), if(id % 5 = 0, null, concat('n', id % 7)),
 cast(id * 1.25 as decimal(9,2)), if(id % 4 = 0, double('NaN'), id / 3), id % 2 = 0, cast(concat('r', id) as binary),
 if(id % 3 = 0, null, named_struct('x', cast(id as int), 'y', if(id % 2 = 0, null, 'y'))), if(id % 4 = 1, null, array('a', null, concat('t', id))),
 map('k', id, 'n', null) from range({0}, {1})"""


def table(name, version, partition):
    spark.sql(f"create table g.n.{name} ({COLUMNS}) using iceberg {partition} tblproperties ('format-version'='{version}', {MERGE_ON_READ})")
    spark.sql(f"insert into g.n.{name} " + ROWS.format(0, 40))
    spark.sql(f"insert into g.n.{name} " + ROWS.format(40, 60))


for version in (2, 3):
    name = f"s_deletes_v{version}"
    table(name, version, "partitioned by (bucket(3, id))")
    spark.sql(f"delete from g.n.{name} where id % 7 = 3")
    spark.sql(f"update g.n.{name} set name = 'changed' where id between 10 and 14")
    spark.sql(f"merge into g.n.{name} t using (select explode(array(1L, 2L, 100L)) as id) s on t.id = s.id when matched then delete when not matched then insert (id) values (s.id)")
table("s_evolve", 2, "partitioned by (days(at))")
spark.sql("alter table g.n.s_evolve add column extra int after id")
spark.sql("alter table g.n.s_evolve rename column name to label")
spark.sql("alter table g.n.s_evolve drop column flag")
spark.sql("alter table g.n.s_evolve alter column price type decimal(18,2)")
spark.sql("alter table g.n.s_evolve add column place.z double")
spark.sql("alter table g.n.s_evolve replace partition field days(at) with truncate(2, label)")
spark.sql(
    "insert into g.n.s_evolve select 900L, 5, timestamp'2020-01-02 03:04:05', date'2020-01-02', 'label', cast(12345678901.25 as decimal(18,2)), 0.5D, "
    "cast('raw' as binary), named_struct('x', 1, 'y', 'q', 'z', 2.5D), array('t'), map('k', 1L)"
)
# Rows under the new spec, then under a third; deletes that reach files of all of them, and an update of a nested member.
spark.sql("insert into g.n.s_evolve select id + 200, extra, at, day, concat('m', label), price, ratio, raw, place, tags, counts from g.n.s_evolve where id < 20")
spark.sql("alter table g.n.s_evolve add partition field bucket(4, id)")
spark.sql("insert into g.n.s_evolve select id + 300, extra, at, day, label, price, ratio, raw, place, tags, counts from g.n.s_evolve where id between 20 and 35")
spark.sql("delete from g.n.s_evolve where id % 11 = 2")
spark.sql("update g.n.s_evolve set place.z = 0.25, extra = 9 where id % 10 = 6")
for path in sorted(glob.glob(f"{folder}/n/*")):
    newest = max(glob.glob(f"{path}/metadata/v*.metadata.json"), key=lambda file: int(file.rsplit("/v", 1)[1].split(".")[0]))
    print(path.rsplit("/", 1)[1], newest)
