// Plans scans with Iceberg's Java library: `PlanFiles METADATA FILTERS`, where FILTERS holds one filter a line in the JSON of the REST
// catalog specification. Prints, a line each, the data files of the plan as a JSON array of texts, sorted.
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Files;
import org.apache.iceberg.StaticTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.ExpressionParser;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;

public class PlanFiles {
  public static void main(String[] args) throws Exception {
    Table table = new BaseTable(new StaticTableOperations(args[0], new LocalFiles()), "planned");
    for (String line : java.nio.file.Files.readAllLines(Path.of(args[1]))) {
      Expression filter = ExpressionParser.fromJson(line, table.schema());
      TreeSet<String> files = new TreeSet<>();
      try (CloseableIterable<FileScanTask> tasks = table.newScan().filter(filter).planFiles()) {
        for (FileScanTask task : tasks) files.add(task.file().location());
      }
      List<String> quoted = new ArrayList<>();
      for (String file : files) quoted.add("\"" + file + "\"");
      System.out.println("[" + String.join(",", quoted) + "]");
    }
  }

  static class LocalFiles implements FileIO {
    @Override
    public InputFile newInputFile(String path) {
      return Files.localInput(path.replaceFirst("^file:(//)?/", "/"));
    }

    @Override
    public OutputFile newOutputFile(String path) {
      throw new UnsupportedOperationException("reads only");
    }

    @Override
    public void deleteFile(String path) {
      throw new UnsupportedOperationException("reads only");
    }
  }
}
