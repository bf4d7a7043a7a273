package dev.moult.qemu.machine;

import java.util.List;

/**
 * A CPU as QEMU's {@code -cpu} takes it.
 *
 * @param model a versioned named model, or {@code base} for an expanded host
 * @param flags {@code name=value} in the order they are written; values with commas doubled already
 */
public record FrozenCpu(String model, List<String> flags) {

  /** Copies the flags. */
  public FrozenCpu {
    flags = List.copyOf(flags);
  }

  /** A model without flags. */
  public static FrozenCpu named(String model) {
    return new FrozenCpu(model, List.of());
  }

  /** The value of {@code -cpu}. */
  public String argument() {
    return flags.isEmpty() ? model : model + "," + String.join(",", flags);
  }
}
