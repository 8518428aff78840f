import com.sun.source.util.JavacTask;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Has the compiler's parser read files: nothing is compiled, so that no class of anybody's is needed. */
public final class Parse {
    public static void main(String[] args) throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        StandardJavaFileManager files = compiler.getStandardFileManager(found, null, null);
        List<File> all = new ArrayList<>();
        for (String arg : args) {
            all.add(new File(arg));
        }
        JavacTask task = (JavacTask) compiler.getTask(null, files, found, List.of(), null, files.getJavaFileObjectsFromFiles(all));
        task.parse().forEach(unit -> {});
        boolean isWrong = false;
        for (Diagnostic<? extends JavaFileObject> one : found.getDiagnostics()) {
            System.err.println(one);
            isWrong |= one.getKind() == Diagnostic.Kind.ERROR;
        }
        System.exit(isWrong ? 1 : 0);
    }
}
