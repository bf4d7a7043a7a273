package dev.moult.wire;

/** What a container's one process is there for. */
public enum Role {
  /** Holds the descriptors of a VM, runs nothing. */
  ANCHOR,
  /** Runs QEMU. */
  VMM,
  /**
   * Copies guest memory to and from a user's volume, in a container of its own beside an anchor's.
   * No pod is expected as one.
   */
  MEMORY;

  int code() {
    return ordinal() + 1;
  }

  static Role of(int code) throws WireException {
    return switch (code) {
      case 1 -> ANCHOR;
      case 2 -> VMM;
      case 3 -> MEMORY;
      default -> throw new WireException("unknown role " + code);
    };
  }
}
