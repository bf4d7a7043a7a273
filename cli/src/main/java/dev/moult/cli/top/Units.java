package dev.moult.cli.top;

import org.jspecify.annotations.Nullable;

/** Figures as kubectl top writes them; what is not known is a dash. */
final class Units {
  private static final String UNKNOWN = "-";
  private static final String[] BINARY = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  private static final double KIBI = 1024;

  /** What floating point adds to a whole number is no further thousandth. */
  private static final double NOISE = 1e-6;

  private Units() {}

  /** Thousandths of a core, rounded up: what runs is never shown as nothing. */
  static String millicores(@Nullable Double cores) {
    return cores == null ? UNKNOWN : (long) Math.ceil(cores * 1000 - NOISE) + "m";
  }

  /** Of all its vCPUs. */
  static String percent(@Nullable Double cores, @Nullable Double vcpus) {
    return cores == null || vcpus == null || vcpus == 0
        ? UNKNOWN
        : Math.round(cores / vcpus * 100) + "%";
  }

  /** Whole mebibytes. */
  static String mebibytes(@Nullable Double bytes) {
    return bytes == null ? UNKNOWN : (long) (bytes / KIBI / KIBI) + "Mi";
  }

  /** Bytes with the unit that leaves one to four digits; below ten with a tenth. */
  static String bytes(@Nullable Double bytes) {
    if (bytes == null) {
      return UNKNOWN;
    }
    double value = bytes;
    int unit = 0;
    while (value >= KIBI && unit < BINARY.length - 1) {
      value /= KIBI;
      unit++;
    }
    if (unit == 0) {
      return Long.toString(Math.round(value));
    }
    long tenths = (long) (value * 10);
    String digits = tenths < 100 ? tenths / 10 + "." + tenths % 10 : Long.toString(tenths / 10);
    return digits + BINARY[unit];
  }
}
