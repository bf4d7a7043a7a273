package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program at a terminal, with somebody who types and reads: {@code script} of util-linux makes
 * the terminal. The terminal's settings are printed before and after the program.
 */
final class Terminal implements AutoCloseable {
  private static final String SETTINGS = "settings ";
  private static final String CODE = "ended with ";

  private final Process script;
  private final Output output;

  private Terminal(Process script) {
    this.script = script;
    output = new Output(script.getInputStream());
  }

  /** Runs a command at a terminal of its own. */
  static Terminal of(String command, Map<String, String> environment) throws IOException {
    String line =
        "printf '"
            + SETTINGS
            + "'; stty -g; "
            + command
            + "; code=$?; printf '\\n"
            + SETTINGS
            + "'; stty -g; echo "
            + CODE
            + "$code";
    var builder =
        new ProcessBuilder("script", "--quiet", "--command", line, "/dev/null")
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    builder.environment().put("TERM", "xterm");
    return new Terminal(builder.start());
  }

  /** Presses keys. */
  void type(String keys) throws IOException {
    script.getOutputStream().write(keys.getBytes(StandardCharsets.US_ASCII));
    script.getOutputStream().flush();
  }

  /** Waits until this is shown, after what was forgotten. */
  void await(String text) throws InterruptedException {
    output.await(text);
  }

  /** What was shown so far counts no more. */
  void forget() {
    output.forget();
  }

  /** All that was shown. */
  String all() {
    return output.all();
  }

  /** The Java that runs in it. */
  ProcessHandle java() {
    return script
        .descendants()
        .filter(process -> process.info().command().orElse("").endsWith("/java"))
        .findFirst()
        .orElseThrow();
  }

  /** Waits for the program's end, and returns its exit code. */
  int exitCode() throws InterruptedException {
    output.await(CODE);
    assertThat(script.waitFor(10, TimeUnit.SECONDS)).isTrue();
    String all = output.all();
    return Integer.parseInt(all.substring(all.lastIndexOf(CODE) + CODE.length()).strip());
  }

  /** The settings of the terminal before the program, and after it. */
  List<String> settings() {
    return output
        .all()
        .lines()
        .filter(line -> line.contains(SETTINGS))
        .map(line -> line.substring(line.indexOf(SETTINGS) + SETTINGS.length()).strip())
        .toList();
  }

  @Override
  public void close() {
    script.descendants().forEach(ProcessHandle::destroyForcibly);
    script.destroyForcibly();
  }
}
