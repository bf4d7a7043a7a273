package dev.moult.agent.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Replaces a file as a whole: another name, fsync, rename. */
final class Replacement {
  private static final String UNFINISHED = ".new";

  private Replacement() {}

  /** Writes what the file is to hold. */
  interface Content {
    void writeTo(FileChannel file) throws IOException;
  }

  /** Replaces a file by those bytes. */
  static void write(Path directory, String name, byte[] bytes) throws IOException {
    write(directory, name, file -> writeAll(file, bytes));
  }

  /** Replaces a file; what was begun and failed is removed. */
  static void write(Path directory, String name, Content content) throws IOException {
    Files.createDirectories(directory);
    Path temporary = directory.resolve(name + UNFINISHED);
    boolean whole = false;
    try {
      try (var file =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        content.writeTo(file);
        file.force(true);
      }
      whole = true;
    } finally {
      if (!whole) {
        Files.deleteIfExists(temporary);
      }
    }
    Files.move(
        temporary,
        directory.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** Appends all of it. */
  static void writeAll(FileChannel file, byte[] bytes) throws IOException {
    var rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      var unused = file.write(rest);
    }
  }

  /** Removes a file, and what is left of a try to replace it. */
  static void forget(Path directory, String name) throws IOException {
    Files.deleteIfExists(directory.resolve(name));
    Files.deleteIfExists(directory.resolve(name + UNFINISHED));
  }
}
