package dev.moult.agent.meter;

import dev.moult.qemu.stats.DiskCounts;
import dev.moult.wire.Traffic;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was read of one QEMU at one time.
 *
 * @param runId the guest's run
 * @param podUid the QEMU's pod
 * @param vcpuMicros processor time of its vCPUs' threads since it began
 * @param ramBytes guest RAM that has pages
 * @param disks what each disk has done since it began, by the disks' names
 * @param traffic of the guest's network since the run began; null without one
 */
public record Reading(
    String runId,
    String podUid,
    long vcpuMicros,
    long ramBytes,
    Map<String, DiskCounts> disks,
    @Nullable Traffic traffic) {
  /** Copies the map. */
  public Reading {
    disks = Map.copyOf(disks);
  }
}
