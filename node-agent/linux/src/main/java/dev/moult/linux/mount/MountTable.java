package dev.moult.linux.mount;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.FileStat.DeviceNumber;
import dev.moult.linux.file.Open;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The mounts of our mount namespace, and when they change. */
public final class MountTable implements AutoCloseable {
  private static final int LIMIT = 16 << 20;

  private final Fd fd;

  private MountTable(Fd fd) {
    this.fd = fd;
  }

  /** Opens the table; changes count from now on. */
  public static MountTable open() throws LinuxException {
    return new MountTable(Open.path(Path.of("/proc/self/mountinfo")));
  }

  /** The descriptor, borrowed: {@link Poll#PRIORITY} after a change. */
  public Fd fd() {
    return fd;
  }

  /** All mounts now. */
  public List<Mount> read() throws LinuxException {
    // A fresh open: reading ours from the start would need a seek and could tear over a change.
    try (Fd table = Open.path(Path.of("/proc/self/mountinfo"))) {
      return parse(new String(FileIo.readAll(table, LIMIT), StandardCharsets.UTF_8));
    }
  }

  /**
   * Waits for a change since the last time this returned true (or the opening).
   *
   * @return false when the deadline has passed first
   */
  public boolean awaitChange(Deadline deadline) throws LinuxException {
    return Poll.await(fd, Poll.PRIORITY, deadline);
  }

  @Override
  public void close() {
    fd.close();
  }

  /** Reads the text of mountinfo. */
  static List<Mount> parse(String text) {
    List<Mount> mounts = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      if (!line.isEmpty()) {
        mounts.add(parseLine(line));
      }
    }
    return mounts;
  }

  private static Mount parseLine(String line) {
    String[] f = line.split(" ", -1);
    int rest = 6;
    while (!f[rest].equals("-")) { // optional fields, any number
      rest++;
    }
    String[] device = f[2].split(":", -1);
    return new Mount(
        Integer.parseInt(f[0]),
        Integer.parseInt(f[1]),
        new DeviceNumber(Integer.parseInt(device[0]), Integer.parseInt(device[1])),
        unescape(f[3]),
        unescape(f[4]),
        f[5],
        f[rest + 1],
        unescape(f[rest + 2]));
  }

  /** Blank, tab, newline and backslash are written as a backslash and three octal digits. */
  private static String unescape(String field) {
    if (field.indexOf('\\') < 0) {
      return field;
    }
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) == '\\' && i + 3 < field.length()) {
        plain.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        plain.append(field.charAt(i));
      }
    }
    return plain.toString();
  }
}
