package dev.moult.agent.meter;

import dev.moult.qemu.stats.DiskCounts;
import java.util.HashMap;
import java.util.Map;

/**
 * What a guest has used in its run, whatever QEMU it was in: a QEMU counts from nothing, so what
 * those before it had counted when they were last read is kept. What one did after that is not
 * counted.
 *
 * @param before of the QEMUs before
 * @param last the last reading of the one in charge
 */
record Totals(Counts before, Reading last) {
  /** What a QEMU counts itself. */
  record Counts(long vcpuMicros, Map<String, DiskCounts> disks) {
    static final Counts NONE = new Counts(0, Map.of());

    Counts plus(Reading reading) {
      Map<String, DiskCounts> sum = new HashMap<>(disks);
      reading.disks().forEach((disk, counts) -> sum.merge(disk, counts, DiskCounts::plus));
      return new Counts(vcpuMicros + reading.vcpuMicros(), Map.copyOf(sum));
    }
  }

  /** Of the first reading. */
  static Totals of(Reading first) {
    return new Totals(Counts.NONE, first);
  }

  /** With one reading more; a new run counts from nothing. */
  Totals with(Reading next) {
    if (!next.runId().equals(last.runId())) {
      return of(next);
    }
    return new Totals(next.podUid().equals(last.podUid()) ? before : counts(), next);
  }

  /** All together. */
  Counts counts() {
    return before.plus(last);
  }
}
