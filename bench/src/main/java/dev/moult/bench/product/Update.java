package dev.moult.bench.product;

import dev.moult.bench.Steps;
import dev.moult.e2e.guest.UdpPing;

/**
 * One live update that completed, as it was seen.
 *
 * @param steps the LiveUpdate's timeline
 * @param pauseMicros the guest's standstill, STOP to RESUME by the QEMUs' stamps
 * @param applyToCompletedMicros from the request to the end of the update, seen through the API
 * @param ping from before the request to after the end
 * @param tapRepairs how often the agent put the tap's header size back
 * @param connectionsAlive whether the connection of this update, and the one of the whole series,
 *     still echo
 * @param sameRam whether both QEMUs hold the same memory file
 * @param shmemGrowthBytes by how much the node's shared memory had grown afterwards
 * @param guestWhole same boot, clock gone on, memory pattern intact
 */
public record Update(
    Steps steps,
    long pauseMicros,
    long applyToCompletedMicros,
    UdpPing.Result ping,
    int tapRepairs,
    boolean connectionsAlive,
    boolean sameRam,
    long shmemGrowthBytes,
    boolean guestWhole) {}
