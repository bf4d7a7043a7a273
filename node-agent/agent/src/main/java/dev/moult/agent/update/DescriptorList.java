package dev.moult.agent.update;

import dev.moult.agent.journal.UpdateRecord.Given;
import dev.moult.agent.run.Slot;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.Slots;
import java.util.ArrayList;
import java.util.List;

/** The descriptors at a QEMU's slots, as users see them. */
final class DescriptorList {
  // F_SEAL_* of linux/fcntl.h, in the order of their bits.
  private static final List<String> SEALS =
      List.of("SEAL", "SHRINK", "GROW", "WRITE", "FUTURE_WRITE", "EXEC");

  private DescriptorList() {}

  static List<Given> of(List<SlotFacts> facts) {
    List<Given> given = new ArrayList<>();
    for (Slot slot : Slot.values()) {
      Comparison.slot(facts, slot.number())
          .ifPresent(fact ->
              given.add(
                  new Given(
                      slot.title(),
                      kind(slot, fact),
                      fact.size(),
                      seals(fact.seals()),
                      via(slot))));
    }
    for (SlotFacts fact : facts) {
      if (fact.slot() != Slots.TAP && Slots.isTap(fact.slot())) {
        String name = Slots.nameOfTap(fact.slot());
        given.add(new Given(name, kind(Slot.TAP, fact), 0, List.of(), via(Slot.TAP)));
      } else if (Slots.isDisk(fact.slot())) {
        String kind = fact.kind() == SlotFacts.Kind.BLOCK_DEVICE ? "block device" : "file";
        given.add(new Given(Slots.nameOfDisk(fact.slot()), kind, fact.size(), List.of(), "Open"));
      }
    }
    return given;
  }

  private static String kind(Slot slot, SlotFacts fact) {
    return switch (fact.kind()) {
      case FILE -> slot == Slot.RAM ? "memfd" : "file";
      case DIRECTORY -> slot == Slot.MEET ? "tmpfs" : "directory";
      case CHARACTER_DEVICE -> slot == Slot.TAP ? "tap" : slot == Slot.TTY ? "tty" : "device";
      case BLOCK_DEVICE -> "block device";
      case SOCKET -> "socket";
      case PIPE -> "pipe";
      case OTHER -> "other";
    };
  }

  private static String via(Slot slot) {
    return switch (slot) {
      case QMP, KVM, GUEST_AGENT -> "Open";
      default -> "Anchor";
    };
  }

  static List<String> seals(int bits) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < SEALS.size(); i++) {
      if ((bits & 1 << i) != 0) {
        names.add(SEALS.get(i));
      }
    }
    return names;
  }
}
