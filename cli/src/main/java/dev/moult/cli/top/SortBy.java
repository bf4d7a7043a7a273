package dev.moult.cli.top;

import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the greatest user of comes first. */
enum SortBy {
  CPU,
  MEMORY,
  DISK,
  NETWORK;

  /** What counts of a virtual machine; less than nothing if nothing is known. */
  double of(Usage usage) {
    return switch (this) {
      case CPU -> sum(usage.rate(Counter.CPU));
      case MEMORY -> usage.resident() == null ? sum(usage.memory()) : usage.resident();
      case DISK -> sum(usage.rate(Counter.READ), usage.rate(Counter.WRITTEN));
      case NETWORK -> sum(usage.rate(Counter.RECEIVED), usage.rate(Counter.SENT));
    };
  }

  private static double sum(@Nullable Double... parts) {
    return Stream.of(parts).mapToDouble(part -> part == null ? -1 : part).sum();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
