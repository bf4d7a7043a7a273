package dev.moult.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * What a run of the command line printed, and its exit code.
 *
 * @param code 0 done, 1 not, 2 not understood
 * @param out its output
 * @param err its errors
 */
record Run(int code, String out, String err) {
  /** Runs a verb in this process. */
  static Run of(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int code =
        KubectlMoult.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new Run(code, out.toString(), err.toString());
  }
}
