package dev.moult.cli.console;

import dev.moult.cli.cluster.CommandFailure;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The user's terminal, every key of which goes to the guest. It is put back when this is closed,
 * and when the program ends by a signal.
 *
 * <p>By stty(1): what it saves, it puts back to the bit. JLine 3.30 forgets the speed of the line,
 * and zero is what hangs up a real one.
 */
final class RawTerminal implements AutoCloseable {
  private final String before;
  private final Thread atExit = new Thread(this::restore, "terminal");

  private RawTerminal(String before) {
    this.before = before;
  }

  /**
   * Takes the terminal.
   *
   * @throws CommandFailure if there is none
   */
  static RawTerminal open() throws IOException {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw new CommandFailure(
          "console needs a terminal. To read what the guest has printed: kubectl logs NAME-anchor");
    }
    var terminal = new RawTerminal(stty("-g"));
    Runtime.getRuntime().addShutdownHook(terminal.atExit);
    var _ = stty("raw", "-echo");
    return terminal;
  }

  /** What is typed; closing it is left to the end of the program. */
  InputStream keys() {
    return new FileInputStream(FileDescriptor.in);
  }

  /** What is shown. */
  OutputStream screen() {
    return new FileOutputStream(FileDescriptor.out);
  }

  private void restore() {
    try {
      var _ = stty(before);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs stty on the terminal that is this program's input; returns what it printed. */
  private static String stty(String... arguments) throws IOException {
    var command = new ArrayList<>(List.of("stty"));
    command.addAll(List.of(arguments));
    Process stty =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.INHERIT)
            .redirectErrorStream(true)
            .start();
    var printed = new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      if (stty.waitFor() != 0) {
        throw new IOException(printed);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return printed;
  }

  @Override
  public void close() {
    restore();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException endsAlready) {
      // The hook does the same.
      return;
    }
  }
}
