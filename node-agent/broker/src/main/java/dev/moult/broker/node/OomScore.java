package dev.moult.broker.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code oom_score_adj} as the kubelet reckons it for a Burstable pod, for what a VM requests. */
public final class OomScore {
  /** What anchor and VMM request beside the guest's RAM: 64 MiB and 192 MiB. */
  private static final long BESIDE_RAM = 256L << 20;

  private static final int LEAST = 3;
  private static final int MOST = 999;

  private OomScore() {}

  /** The score of a QEMU whose guest has this much RAM, on this node. */
  public static int ofGuest(long ramBytes) {
    return of(ramBytes + BESIDE_RAM, memoryBytes());
  }

  /** 1000 less the thousandths of the node's memory that are requested. */
  static int of(long requestedBytes, long nodeBytes) {
    long thousandths = nodeBytes <= 0 ? 0 : requestedBytes / Math.max(1, nodeBytes / 1000);
    return (int) Math.max(LEAST, Math.min(MOST, 1000 - thousandths));
  }

  /** The node's memory in bytes ({@code MemTotal}); 0 when the kernel does not say. */
  public static long memoryBytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"), StandardCharsets.US_ASCII)) {
        if (line.startsWith("MemTotal:")) {
          String kib = line.substring("MemTotal:".length(), line.lastIndexOf(" kB")).trim();
          return Long.parseLong(kib) * 1024;
        }
      }
    } catch (IOException e) {
      // No figure: the caller gets 0.
    }
    return 0;
  }
}
