package dev.moult.agent.rehearsal;

/** A device tree as long as a real one's, for the reader and the comparison to get warm with. */
final class PlayedTree {
  private static final int DEVICES = 40;
  private static final int PROPERTIES = 30;

  static final String TEXT = text();

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
}
