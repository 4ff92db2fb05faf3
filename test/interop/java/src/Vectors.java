// Answers of the reference implementation for `node test/interop/vectors.ts`: a JSON input per line in, the same object with the
// answer's members out. Run as a source file with Iceberg's jars on the class path.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Constructor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SchemaParser;
import org.apache.iceberg.SingleValueParser;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.inmemory.InMemoryOutputFile;
import org.apache.iceberg.puffin.Blob;
import org.apache.iceberg.puffin.Puffin;
import org.apache.iceberg.puffin.PuffinCompressionCodec;
import org.apache.iceberg.puffin.PuffinWriter;
import org.apache.iceberg.types.Type;

public class Vectors {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      ObjectNode vector = (ObjectNode) JSON.readTree(line);
      answer(vector);
      System.out.write((JSON.writeValueAsString(vector) + "\n").getBytes(StandardCharsets.UTF_8));
    }
    System.out.flush();
  }

  private static void answer(ObjectNode vector) throws Exception {
    switch (vector.get("section").asText()) {
      // Texts, not objects: numbers above 2^53 stay as they are.
      case "metadata-json" ->
          vector.put("json", TableMetadataParser.toJson(TableMetadataParser.fromJson("metadata.json", vector.get("given").asText())));
      case "schema-defaults" -> vector.put("json", SchemaParser.toJson(SchemaParser.fromJson(vector.get("given").asText())));
      case "nested-value-json" -> {
        Schema schema = SchemaParser.fromJson(vector.get("schema").asText());
        Type type = schema.columns().get(0).type();
        Object value = SingleValueParser.fromJson(type, vector.get("given").asText());
        vector.put("json", SingleValueParser.toJson(type, value));
      }
      case "deletion-vector" -> vector.put("hex", hex(vectorOf(vector.get("ranges"))));
      case "puffin" -> puffin(vector);
      default -> throw new IllegalArgumentException(vector.get("section").asText());
    }
  }

  private static ByteBuffer vectorOf(JsonNode ranges) throws Exception {
    Constructor<?> made = Class.forName("org.apache.iceberg.deletes.BitmapPositionDeleteIndex").getDeclaredConstructor();
    made.setAccessible(true);
    PositionDeleteIndex index = (PositionDeleteIndex) made.newInstance();
    for (JsonNode range : ranges) {
      for (long at = range.get(0).asLong(); at < range.get(1).asLong(); at += range.get(2).asLong()) index.delete(at);
    }
    return index.serialize();
  }

  private static void puffin(ObjectNode vector) throws Exception {
    InMemoryOutputFile file = new InMemoryOutputFile();
    Puffin.WriteBuilder builder = Puffin.write(file).createdBy("vectors");
    if (vector.get("isFooterCompressed").asBoolean()) builder = builder.compressFooter();
    try (PuffinWriter writer = builder.build()) {
      for (JsonNode blob : vector.get("blobs")) {
        List<Integer> fields = new ArrayList<>();
        blob.get("fields").forEach(id -> fields.add(id.asInt()));
        Map<String, String> properties = new LinkedHashMap<>();
        blob.get("properties").fields().forEachRemaining(one -> properties.put(one.getKey(), one.getValue().asText()));
        writer.write(new Blob(blob.get("type").asText(), fields, Long.parseLong(blob.get("snapshotId").asText()),
            blob.get("sequenceNumber").asLong(), ByteBuffer.wrap(HexFormat.of().parseHex(blob.get("hex").asText())),
            PuffinCompressionCodec.forName(blob.get("codec").textValue()), properties));
      }
    }
    vector.put("file", HexFormat.of().formatHex(file.toByteArray()));
  }

  private static String hex(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
