package dev.moult.agent.rehearsal;

import java.util.List;

/**
 * A device tree as long as a real one's, and memory blocks, for the reader and the comparison to
 * get warm with.
 */
final class PlayedTree {
  private static final int DEVICES = 40;
  private static final int PROPERTIES = 30;

  static final String TEXT = text();
  static final String MEMORY = memory();

  private PlayedTree() {}

  private static String text() {
    StringBuilder text = new StringBuilder("bus: main-system-bus\n  type System\n");
    for (int device = 0; device < DEVICES; device++) {
      text.append("  dev: played-device, id \"d").append(device).append("\"\n");
      for (int property = 0; property < PROPERTIES; property++) {
        text.append("    property-%d = %d (0x%x)%n".formatted(property, device, device));
      }
    }
    return text.toString();
  }

  private static String memory() {
    StringBuilder text = new StringBuilder("Block Name PSize Offset Used Total HVA RO\n");
    for (String name : List.of("ram0", "pc.bios", "pc.rom", "/rom@etc/acpi/tables")) {
      text.append(
          "%24s    4 KiB  0x%016x 0x%016x 0x%016x 0x%016x  rw%n".formatted(name, 0, 1, 1, 1));
    }
    return text.toString();
  }
}
