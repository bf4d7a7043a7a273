package dev.moult.e2e.faults;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import java.util.Set;

/**
 * What must have become of one cell.
 *
 * @param phases how the LiveUpdate may end; empty when it is deleted, so that it has no end to read
 * @param guest what became of the guest
 * @param vmm in which QEMU it is
 */
record Expected(Set<LiveUpdatePhase> phases, Guest guest, Vmm vmm) {

  /** What became of the guest. */
  enum Guest {
    /** The same boot, its memory whole, its TCP connection alive. */
    SAME,
    /** Booted anew inside the QEMU that it had, or was given. */
    REBOOTED,
    /** Its run was over; the run strategy began another. */
    NEW_RUN,
    /** The virtual machine is gone, with everything of it. */
    GONE
  }

  /** In which QEMU a guest is. */
  enum Vmm {
    /** As before: A. */
    OLD,
    /** B. */
    NEW,
    /** One of its own making, or none. */
    ANOTHER
  }

  Expected {
    phases = Set.copyOf(phases);
  }
}
