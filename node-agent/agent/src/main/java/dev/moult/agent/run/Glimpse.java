package dev.moult.agent.run;

import dev.moult.agent.journal.RunRecord;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One VM as its thread last showed it to others.
 *
 * @param run its run
 * @param monitor its QEMU's monitor; null while there is none
 * @param updating whether a handoff is under way at the moment of asking: then nobody asks its QEMU
 */
public record Glimpse(RunRecord run, @Nullable Monitor monitor, BooleanSupplier updating) {}
