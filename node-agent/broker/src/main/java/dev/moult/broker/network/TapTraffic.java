package dev.moult.broker.network;

import dev.moult.broker.pod.PodProcess;
import dev.moult.linux.LinuxException;
import dev.moult.linux.process.ProcDirectory;
import dev.moult.wire.Traffic;
import org.jspecify.annotations.Nullable;

/** What went through a guest's taps, as the kernel counts it in the anchor's network namespace. */
public final class TapTraffic {
  /** Columns of /proc/net/dev after the name: eight of what the tap received, eight of its sent. */
  private static final int SENT = 8;

  private static final int COLUMNS = 16;

  private TapTraffic() {}

  /** Of the guest of an anchor; null when it has no tap. */
  public static @Nullable Traffic of(PodProcess anchor) throws LinuxException {
    try (ProcDirectory proc = ProcDirectory.of(anchor.process())) {
      return parse(proc.read("net/dev"));
    }
  }

  /** Reads the kernel's table, all taps together. What a tap receives, the guest has sent. */
  static @Nullable Traffic parse(String table) {
    Traffic all = null;
    for (String line : table.split("\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0 && Joint.isTap(line.substring(0, colon).trim())) {
        String[] columns = line.substring(colon + 1).trim().split("\\s+", -1);
        if (columns.length >= COLUMNS) {
          Traffic one = new Traffic(way(columns, SENT), way(columns, 0));
          all = all == null ? one : all.plus(one);
        }
      }
    }
    return all;
  }

  private static Traffic.Way way(String[] columns, int from) {
    return new Traffic.Way(
        Long.parseLong(columns[from]),
        Long.parseLong(columns[from + 1]),
        Long.parseLong(columns[from + 2]),
        Long.parseLong(columns[from + 3]));
  }
}
