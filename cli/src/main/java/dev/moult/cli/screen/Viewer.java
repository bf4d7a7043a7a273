package dev.moult.cli.screen;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A program of the user's own that shows a screen.
 *
 * @param program where it is
 */
record Viewer(Path program) {
  /** The names that are looked for, the best first. */
  static final List<String> NAMES = List.of("remote-viewer", "xtigervncviewer", "vncviewer");

  /** The first that is there, by the directories of a PATH. */
  static Optional<Viewer> find(String path) {
    return NAMES.stream()
        .flatMap(name ->
            List.of(path.split(":")).stream()
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, name)))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst()
        .map(Viewer::new);
  }

  /** The command to see what is at a port of the loopback, beside others who look. */
  List<String> command(int port) {
    return program.endsWith("remote-viewer")
        ? List.of(program.toString(), address(port))
        : List.of(program.toString(), "-shared", "127.0.0.1::" + port);
  }

  /** What a viewer is told by hand. */
  static String address(int port) {
    return "vnc://127.0.0.1:" + port;
  }

  Process start(int port) throws IOException {
    return new ProcessBuilder(command(port)).inheritIO().start();
  }
}
