// Iceberg's Java library as another writer and reader of a table: one JVM, one command per line of standard input, one line of JSON
// per answer. The catalog is a JDBC catalog in SQLite or a REST catalog.
//   java Writer jdbc CATALOG.db WAREHOUSE_URI | rest URI
//   append TABLE N FROM | delete TABLE ID | evolve TABLE COLUMN | spec TABLE TRANSFORM | rewrite-manifests TABLE | expire TABLE KEEP
//   property TABLE KEY VALUE | tag TABLE NAME | statistics TABLE | race TABLE N | create TABLE | read TABLE
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.GenericBlobMetadata;
import org.apache.iceberg.GenericStatisticsFile;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.GenericAppenderFactory;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.encryption.EncryptedFiles;
import org.apache.iceberg.types.Types;

public class Writer {
  public static void main(String[] args) throws Exception {
    Map<String, String> properties = new HashMap<>();
    if (args[0].equals("jdbc")) {
      properties.put("catalog-impl", "org.apache.iceberg.jdbc.JdbcCatalog");
      properties.put("uri", "jdbc:sqlite:" + args[1] + "?busy_timeout=20000");
      properties.put("warehouse", args[2]);
      properties.put("jdbc.schema-version", "V1");
    } else {
      properties.put("type", "rest");
      properties.put("uri", args[1]);
    }
    Catalog catalog = CatalogUtil.buildIcebergCatalog("firn", properties, new Configuration());
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      try {
        System.out.println("{\"ok\":true" + run(catalog, line.split(" ")) + "}");
      } catch (Exception | LinkageError e) {
        String text = (e.getClass().getSimpleName() + ": " + e.getMessage()).replaceAll("[\"\\\\\\p{Cntrl}]", "'");
        System.out.println("{\"ok\":false,\"error\":\"" + text + "\"}");
      }
      System.out.flush();
    }
    System.exit(0);
  }

  static String run(Catalog catalog, String[] words) throws Exception {
    TableIdentifier name = TableIdentifier.parse(words[1]);
    if (words[0].equals("create")) return create(catalog, name);
    Table table = catalog.loadTable(name);
    switch (words[0]) {
      case "append":
        append(table, Integer.parseInt(words[2]), Long.parseLong(words[3]), "java");
        break;
      case "race":
        for (int i = 0; i < Integer.parseInt(words[2]); i++) race(table, i);
        break;
      case "delete":
        table.newDelete().deleteFromRowFilter(Expressions.equal("source_id", words[2])).commit();
        break;
      case "evolve":
        table.updateSchema().addColumn(words[2], Types.StringType.get(), "by Java").commit();
        break;
      case "spec":
        table.updateSpec().addField(words[2], Expressions.bucket("kafka_offset", 2)).commit();
        break;
      case "unspec":
        table.updateSpec().removeField(words[2]).commit();
        break;
      case "rewrite-manifests":
        table.rewriteManifests().clusterBy(file -> "all").commit();
        break;
      case "expire":
        table.expireSnapshots().expireOlderThan(System.currentTimeMillis()).retainLast(Integer.parseInt(words[2])).commit();
        break;
      case "property":
        table.updateProperties().set(words[2], words[3]).commit();
        break;
      case "tag":
        table.manageSnapshots().createTag(words[2], table.currentSnapshot().snapshotId()).commit();
        break;
      case "statistics":
        statistics(table);
        break;
      case "read":
        break;
      default:
        throw new IllegalArgumentException("no command " + words[0]);
    }
    table.refresh();
    return read(table);
  }

  static String create(Catalog catalog, TableIdentifier name) {
    Namespace namespace = name.namespace();
    SupportsNamespaces namespaces = (SupportsNamespaces) catalog;
    if (!namespaces.namespaceExists(namespace)) namespaces.createNamespace(namespace);
    Schema schema =
        new Schema(
            Types.NestedField.required(1, "source_id", Types.StringType.get()),
            Types.NestedField.optional(2, "kafka_offset", Types.LongType.get()));
    catalog.createTable(name, schema, PartitionSpec.unpartitioned());
    return "";
  }

  /** Required columns get a value of their type; offsets count from `from`. */
  static void append(Table table, int count, long from, String source) throws Exception {
    Record row = GenericRecord.create(table.schema());
    PartitionKey key = new PartitionKey(table.spec(), table.schema());
    InternalRecordWrapper wrapper = new InternalRecordWrapper(table.schema().asStruct());
    AppendFiles append = table.newAppend();
    Map<String, java.util.List<Record>> byPartition = new TreeMap<>();
    Map<String, PartitionKey> keys = new HashMap<>();
    for (int i = 0; i < count; i++) {
      Record one = row.copy();
      for (Types.NestedField field : table.schema().columns()) one.setField(field.name(), value(field, from + i, source));
      key.partition(wrapper.wrap(one));
      byPartition.computeIfAbsent(key.toPath(), path -> new java.util.ArrayList<>()).add(one);
      keys.putIfAbsent(key.toPath(), key.copy());
    }
    for (Map.Entry<String, java.util.List<Record>> entry : byPartition.entrySet()) {
      append.appendFile(write(table, keys.get(entry.getKey()), entry.getValue()));
    }
    append.commit();
  }

  static DataFile write(Table table, PartitionKey key, java.util.List<Record> rows) throws Exception {
    OutputFile out = table.io().newOutputFile(table.location() + "/data/java-" + UUID.randomUUID() + ".parquet");
    GenericAppenderFactory factory = new GenericAppenderFactory(table.schema(), table.spec());
    DataWriter<Record> writer =
        factory.newDataWriter(EncryptedFiles.encryptedOutput(out, org.apache.iceberg.encryption.EncryptionKeyMetadata.EMPTY), FileFormat.PARQUET, table.spec().isUnpartitioned() ? null : key);
    try (writer) {
      rows.forEach(writer::write);
    }
    return writer.toDataFile();
  }

  static Object value(Types.NestedField field, long n, String source) {
    if (field.name().equals("source_id")) return source;
    if (field.name().equals("kafka_offset")) return n;
    switch (field.type().typeId()) {
      case STRING:
        return field.name() + "-" + n;
      case INTEGER:
        return (int) n;
      case LONG:
        return n;
      case DOUBLE:
        return (double) n;
      case TIMESTAMP:
        return java.time.OffsetDateTime.parse("2026-03-01T00:00:00Z").plusSeconds(n);
      default:
        return null;
    }
  }

  /** One file of nothing as an append: only the commits race. Each sets a property of its own too. */
  static void race(Table table, int i) throws Exception {
    Types.NestedField first = table.schema().columns().get(0);
    for (int attempt = 0; ; attempt++) {
      try {
        append(table, 1, 1_000_000 + i, "java-race");
        break;
      } catch (CommitFailedException e) {
        if (attempt >= 200) throw e;
        table.refresh();
      }
    }
    for (int attempt = 0; ; attempt++) {
      try {
        table.updateProperties().set("by-java-" + i, "yes").commit();
        return;
      } catch (CommitFailedException e) {
        if (attempt >= 200) throw e;
        table.refresh();
      }
    }
  }

  static void statistics(Table table) throws Exception {
    Snapshot snapshot = table.currentSnapshot();
    String path = table.location() + "/metadata/" + UUID.randomUUID() + ".stats";
    org.apache.iceberg.puffin.PuffinWriter writer =
        org.apache.iceberg.puffin.Puffin.write(table.io().newOutputFile(path)).createdBy("java").build();
    try (writer) {
      writer.add(
          new org.apache.iceberg.puffin.Blob(
              "apache-datasketches-theta-v1", java.util.List.of(1), snapshot.snapshotId(), snapshot.sequenceNumber(), java.nio.ByteBuffer.wrap(new byte[] {1, 2, 3})));
    }
    table
        .updateStatistics()
        .setStatistics(
            new GenericStatisticsFile(
                snapshot.snapshotId(),
                path,
                writer.fileSize(),
                writer.footerSize(),
                writer.writtenBlobsMetadata().stream().map(GenericBlobMetadata::from).toList()))
        .commit();
  }

  /** Rows by source, and what a careless writer would lose. */
  static String read(Table table) throws Exception {
    Map<String, Long> rows = new TreeMap<>();
    if (table.currentSnapshot() != null && table.schema().findField("source_id") != null) {
      try (CloseableIterable<Record> all = IcebergGenerics.read(table).select("source_id").build()) {
        for (Record record : all) rows.merge(String.valueOf(record.getField("source_id")), 1L, Long::sum);
      }
    }
    StringBuilder out = new StringBuilder(",\"rows\":{");
    rows.forEach((source, count) -> out.append(out.charAt(out.length() - 1) == '{' ? "" : ",").append('"').append(source).append("\":").append(count));
    out.append("},\"snapshots\":").append(count(table.snapshots()));
    out.append(",\"refs\":").append(table.refs().size());
    out.append(",\"statistics\":").append(table.statisticsFiles().size());
    out.append(",\"columns\":").append(table.schema().columns().size());
    return out.append(",\"properties\":").append(table.properties().size()).toString();
  }

  static long count(Iterable<?> items) {
    long count = 0;
    for (Object ignored : items) count++;
    return count;
  }
}
