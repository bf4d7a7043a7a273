package dev.moult.qemu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What real QEMUs sent, recorded: {@code src/test/resources/dev/moult/qemu}. */
public final class Recorded {

  private Recorded() {}

  /** The bytes of a recording, such as {@code cpr/10.0.2.bin}. */
  public static byte[] bytes(String name) {
    try (InputStream stream = Recorded.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new AssertionError("no recording " + name);
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The text of a recording. */
  public static String text(String name) {
    return new String(bytes(name), StandardCharsets.UTF_8);
  }
}
