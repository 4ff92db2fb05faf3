// parquet-java beside our writer and reader. Standard input has one task a line, tab-separated:
//   <in> <out> <version 1|2> <codec> <dictionary> <page bytes> <row group bytes> <stream split>
// Copies every row of <in> to <out> with its schema and field ids, under other settings; then, for a few values of every plain top-level
// column of <in>, counts the rows an equality filter gives with statistics, column index and Bloom filters against a full scan, and
// asks each Bloom filter for values that are there and for 200 that are not. Prints one line a task: `ok <probed> <passed absent of asked>`
// or `failed <reason>`.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.column.values.bloomfilter.BloomFilter;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.filter2.compat.FilterCompat;
import org.apache.parquet.filter2.predicate.FilterApi;
import org.apache.parquet.filter2.predicate.FilterPredicate;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

public class Swap {
  static final Configuration CONF = new Configuration();
  static final int PROBES = 3;
  static final int ABSENT = 200;

  public static void main(String[] args) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String result;
      try {
        result = swap(line.split("\t"));
      } catch (Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) cause = cause.getCause();
        result = "failed " + (error + " by " + cause + " at " + cause.getStackTrace()[0]).replace('\n', ' ');
      }
      System.out.println(result);
    }
  }

  static String swap(String[] task) throws Exception {
    Path in = new Path(task[0]);
    MessageType schema;
    try (ParquetFileReader reader = ParquetFileReader.open(HadoopInputFile.fromPath(in, CONF))) {
      schema = reader.getFooter().getFileMetaData().getSchema();
    }
    List<Group> rows = read(in, FilterCompat.NOOP);
    ExampleParquetWriter.Builder builder =
        ExampleParquetWriter.builder(new Path(task[1]))
            .withType(schema)
            .withConf(CONF)
            .withWriterVersion(task[2].equals("1") ? WriterVersion.PARQUET_1_0 : WriterVersion.PARQUET_2_0)
            .withCompressionCodec(CompressionCodecName.valueOf(task[3]))
            .withDictionaryEncoding(Boolean.parseBoolean(task[4]))
            .withPageSize(Integer.parseInt(task[5]))
            .withRowGroupSize(Long.parseLong(task[6]))
            .withByteStreamSplitEncoding(Boolean.parseBoolean(task[7]));
    try (ParquetWriter<Group> writer = builder.build()) {
      for (Group row : rows) writer.write(row);
    }
    int probed = 0;
    for (Type field : schema.getFields()) if (field.isPrimitive()) probed += probe(in, rows, field);
    return "ok " + probed + " " + blooms(in, rows, schema);
  }

  static List<Group> read(Path path, FilterCompat.Filter filter) throws Exception {
    List<Group> rows = new ArrayList<>();
    try (ParquetReader<Group> reader = ParquetReader.builder(new GroupReadSupport(), path).withConf(CONF).withFilter(filter).build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) rows.add(row);
    }
    return rows;
  }

  /** Filters by some values of a column; the filtered read must give as many rows as a scan. */
  static int probe(Path path, List<Group> rows, Type field) throws Exception {
    List<Object> values = values(rows, field);
    int probed = 0;
    for (int i = 0; i < values.size() && probed < PROBES; i += Math.max(1, values.size() / PROBES)) {
      Object wanted = values.get(i);
      FilterPredicate predicate = equalTo(field, wanted);
      if (predicate == null) return probed;
      long expected = values.stream().filter(wanted::equals).count();
      long found = read(path, FilterCompat.get(predicate)).size();
      if (found != expected) throw new IllegalStateException("filter on " + field.getName() + " gives " + found + " rows of " + expected);
      probed++;
    }
    return probed;
  }

  static FilterPredicate equalTo(Type field, Object value) {
    String name = field.getName();
    if (value instanceof Integer) return FilterApi.eq(FilterApi.intColumn(name), (Integer) value);
    if (value instanceof Long) return FilterApi.eq(FilterApi.longColumn(name), (Long) value);
    if (value instanceof Binary) return FilterApi.eq(FilterApi.binaryColumn(name), (Binary) value);
    // Zeros and NaN have equalities of their own.
    if (value instanceof Double && (Double) value != 0 && !((Double) value).isNaN()) return FilterApi.eq(FilterApi.doubleColumn(name), (Double) value);
    if (value instanceof Float && (Float) value != 0 && !((Float) value).isNaN()) return FilterApi.eq(FilterApi.floatColumn(name), (Float) value);
    return null;
  }

  static List<Object> values(List<Group> rows, Type field) {
    List<Object> values = new ArrayList<>();
    PrimitiveTypeName type = field.asPrimitiveType().getPrimitiveTypeName();
    for (Group row : rows) {
      if (row.getFieldRepetitionCount(field.getName()) == 0) continue;
      switch (type) {
        case INT32: values.add(row.getInteger(field.getName(), 0)); break;
        case INT64: values.add(row.getLong(field.getName(), 0)); break;
        case DOUBLE: values.add(row.getDouble(field.getName(), 0)); break;
        case FLOAT: values.add(row.getFloat(field.getName(), 0)); break;
        case BINARY:
        case FIXED_LEN_BYTE_ARRAY: values.add(row.getBinary(field.getName(), 0)); break;
        default: break;
      }
    }
    return values;
  }

  /** Every value of a row group must be in its filter. */
  static String blooms(Path path, List<Group> rows, MessageType schema) throws Exception {
    int asked = 0;
    int passed = 0;
    try (ParquetFileReader reader = ParquetFileReader.open(HadoopInputFile.fromPath(path, CONF))) {
      int from = 0;
      for (BlockMetaData block : reader.getFooter().getBlocks()) {
        List<Group> part = rows.subList(from, from + (int) block.getRowCount());
        from += (int) block.getRowCount();
        for (ColumnChunkMetaData column : block.getColumns()) {
          if (column.getPath().size() != 1 || column.getBloomFilterOffset() < 0) continue;
          BloomFilter filter = reader.getBloomFilterDataReader(block).readBloomFilter(column);
          Type field = schema.getType(column.getPath().toArray()[0]);
          for (Object value : values(part, field)) {
            if (!filter.findHash(hash(filter, value))) throw new IllegalStateException("the filter of " + field.getName() + " lacks a value");
          }
          for (int i = 0; i < ABSENT; i++, asked++) if (filter.findHash(filter.hash(Binary.fromString("absent " + i)))) passed++;
        }
      }
    }
    return passed + " of " + asked;
  }

  static long hash(BloomFilter filter, Object value) {
    if (value instanceof Integer) return filter.hash((int) (Integer) value);
    if (value instanceof Long) return filter.hash((long) (Long) value);
    if (value instanceof Double) return filter.hash((double) (Double) value);
    if (value instanceof Float) return filter.hash((float) (Float) value);
    return filter.hash((Binary) value);
  }
}
