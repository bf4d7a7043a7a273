package dev.moult.qemu.probe.script;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.Deflater;

/**
 * The probe of an image's QEMU: start {@link #command}, write {@link #requests} to its standard
 * input and leave that open, feed its standard output to {@link #answered} until that says so or
 * the output ends, then end it and {@link #pack} what was read. Takes about 0.2 s.
 */
public final class ProbeScript {

  /** Where a QEMU may lie in an image, in the order of trying. */
  public static final List<String> SEARCH_PATH =
      List.of(
          "/usr/bin/qemu-system-x86_64",
          "/usr/local/bin/qemu-system-x86_64",
          "/usr/libexec/qemu-kvm");

  /** Most bytes of a transcript before packing. Measured: see {@code ProbeReportTest}. */
  public static final int MAX_RAW = 4 * 1024 * 1024;

  /** Most bytes of a packed transcript: it must fit a message of 64 KiB. */
  public static final int MAX_PACKED = 48 * 1024;

  private static final String LAST = "moult-last";
  private static final byte[] LAST_ID = ("\"" + LAST + "\"").getBytes(StandardCharsets.UTF_8);

  private ProbeScript() {}

  /** The arguments for a QEMU without machine, guest or files of configuration. */
  public static List<String> command(String binary) {
    return List.of(
        binary,
        "-no-user-config",
        "-nodefaults",
        "-machine",
        "none",
        "-display",
        "none",
        "-serial",
        "none",
        "-qmp",
        "stdio");
  }

  /**
   * All requests at once, one per line; QEMU answers in order, and waits for more. It is not told
   * to quit: it would do so with what a pipe of 64 KiB did not hold yet, the last of its answers.
   */
  public static byte[] requests() {
    return String.join(
            "\n",
            "{\"execute\":\"qmp_capabilities\"}",
            "{\"execute\":\"query-machines\",\"id\":\"machines\"}",
            "{\"execute\":\"query-cpu-definitions\",\"id\":\"cpus\"}",
            "{\"execute\":\"query-version\",\"id\":\"" + LAST + "\"}\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Whether the transcript read so far holds the last answer. Nothing that follows is needed.
   *
   * @param transcript a buffer
   * @param length bytes of it that are filled
   */
  public static boolean answered(byte[] transcript, int length) {
    // The last answer is short and near the end; events may follow it.
    int from = Math.max(0, length - 4096);
    for (int i = from; i + LAST_ID.length <= length; i++) {
      if (matches(transcript, i)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(byte[] transcript, int at) {
    for (int i = 0; i < LAST_ID.length; i++) {
      if (transcript[at + i] != LAST_ID[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Deflates a transcript for the launcher's hello.
   *
   * @throws IOException when it is larger than {@link #MAX_RAW} or {@link #MAX_PACKED}
   */
  public static byte[] pack(byte[] transcript, int length) throws IOException {
    if (length > MAX_RAW) {
      throw new IOException("the probe's answer has more than " + MAX_RAW + " bytes");
    }
    try (var deflater = new Deflater(Deflater.BEST_SPEED)) {
      deflater.setInput(transcript, 0, length);
      deflater.finish();
      var packed = new ByteArrayOutputStream();
      byte[] chunk = new byte[8192];
      while (!deflater.finished()) {
        packed.write(chunk, 0, deflater.deflate(chunk));
      }
      if (packed.size() > MAX_PACKED) {
        throw new IOException("the packed probe has more than " + MAX_PACKED + " bytes");
      }
      return packed.toByteArray();
    }
  }
}
