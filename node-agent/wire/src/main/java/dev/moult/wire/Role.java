package dev.moult.wire;

/** What a pod's one process is there for. */
public enum Role {
  /** Holds the descriptors of a VM, runs nothing. */
  ANCHOR,
  /** Runs QEMU. */
  VMM;

  int code() {
    return ordinal() + 1;
  }

  static Role of(int code) throws WireException {
    return switch (code) {
      case 1 -> ANCHOR;
      case 2 -> VMM;
      default -> throw new WireException("unknown role " + code);
    };
  }
}
