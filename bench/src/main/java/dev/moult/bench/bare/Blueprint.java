package dev.moult.bench.bare;

import dev.moult.qemu.machine.FrozenMachine;
import java.nio.file.Path;

/**
 * What a product's machine is made of, for a bare twin.
 *
 * @param machine its hardware
 * @param firmware a copy of its firmware
 * @param claimBytes the size of its disk on a claim
 */
public record Blueprint(FrozenMachine machine, Path firmware, long claimBytes) {}
