// JudgeMany: runs the outside judge's own program (class org.apache.iceberg.Judge, on the class path) once per line of standard
// input in one Java process: arguments separated by tabs, the metadata file first. Prints each report as one line, in order.
// The program ends with System.exit, which is caught: a security manager of this process refuses it. Java 17 to 23.
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.security.Permission;

public class JudgeMany {
  static final class Exited extends SecurityException {}

  @SuppressWarnings("removal")
  public static void main(String[] args) throws Exception {
    Method judge = Class.forName("org.apache.iceberg.Judge").getMethod("main", String[].class);
    PrintStream reports = System.out;
    System.setSecurityManager(new SecurityManager() {
      @Override public void checkPermission(Permission permission) {}
      @Override public void checkPermission(Permission permission, Object context) {}
      @Override public void checkExit(int status) { throw new Exited(); }
    });
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      ByteArrayOutputStream report = new ByteArrayOutputStream();
      System.setOut(new PrintStream(report, true, StandardCharsets.UTF_8));
      try {
        judge.invoke(null, (Object) line.split("\t"));
      } catch (InvocationTargetException e) {
        if (!(e.getCause() instanceof Exited)) e.getCause().printStackTrace();
      }
      // Line breaks within texts are escaped in JSON: these are between its tokens.
      reports.println(report.toString(StandardCharsets.UTF_8).replace('\n', ' ').replace('\r', ' '));
      reports.flush();
    }
    System.setSecurityManager(null);
    System.exit(0);
  }
}
