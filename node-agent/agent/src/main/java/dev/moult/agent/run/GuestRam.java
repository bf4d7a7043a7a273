package dev.moult.agent.run;

import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.wire.SlotFacts;
import java.util.List;
import java.util.Optional;

/** Whether the memory that is parked for a guest is what its machine is built with. */
public final class GuestRam {
  private GuestRam() {}

  /**
   * What is wrong with it: QEMU runs a guest in a file that is larger, or of other pages, without a
   * word.
   *
   * @param now what the anchor, or a QEMU of the run, holds
   * @return a sentence; empty when all is as it must be
   */
  public static Optional<String> foreign(FrozenMachine machine, List<SlotFacts> now) {
    SlotFacts ram =
        now.stream().filter(fact -> fact.slot() == Slot.RAM.number()).findFirst().orElse(null);
    if (ram == null) {
      return Optional.of("The guest's memory is not there.");
    }
    if (ram.size() != machine.memoryBytes() || ram.hugePageBytes() != machine.hugePageBytes()) {
      return Optional.of(
          "The anchor holds memory of %s, but the machine is to have %s."
              .formatted(
                  text(ram.size(), ram.hugePageBytes()),
                  text(machine.memoryBytes(), machine.hugePageBytes())));
    }
    return Optional.empty();
  }

  private static String text(long bytes, long hugePageBytes) {
    String size = bytes + " bytes";
    return hugePageBytes == 0
        ? size + " in ordinary pages"
        : size + " in huge pages of " + (hugePageBytes >> 20) + " MiB";
  }
}
