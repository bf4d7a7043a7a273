package dev.moult.api.v1alpha1;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as the API writes them, such as {@code 500ms}, {@code 9.4ms}, {@code 2m} or {@code
 * 1h30m}.
 */
public final class HumanDuration {
  private static final Pattern PART = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(ms|s|m|h)");
  private static final Pattern WHOLE = Pattern.compile("(" + PART.pattern() + ")+");
  private static final long NANOS_PER_MILLI = 1_000_000L;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private HumanDuration() {}

  /**
   * Reads a duration of a spec.
   *
   * @throws IllegalArgumentException if the text is not one, which the CRD's rules forbid
   */
  public static Duration parse(String text) {
    if (!WHOLE.matcher(text).matches()) {
      throw new IllegalArgumentException("not a duration such as 500ms or 2m: " + text);
    }
    Matcher part = PART.matcher(text);
    BigDecimal nanos = BigDecimal.ZERO;
    while (part.find()) {
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(nanosOf(part.group(2))));
    }
    return Duration.ofNanos(nanos.longValue());
  }

  /**
   * Writes a duration for people: two to three digits in milliseconds below a second and in seconds
   * below a minute ({@code 9.4ms}, {@code 12.3ms}, {@code 310ms}, {@code 2.1s}), whole seconds
   * above ({@code 1m30s}). Negative ones count as zero.
   */
  public static String format(Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      return "0s";
    }
    long nanos = duration.toNanos();
    if (nanos < 999_500_000L) {
      return round(nanos, NANOS_PER_MILLI) + "ms";
    }
    if (nanos < 59_950_000_000L) {
      return round(nanos, NANOS_PER_SECOND) + "s";
    }
    Duration whole = Duration.ofSeconds(duration.plusMillis(500).toSeconds());
    return (whole.toHours() > 0 ? whole.toHours() + "h" : "")
        + (whole.toMinutesPart() > 0 ? whole.toMinutesPart() + "m" : "")
        + (whole.toSecondsPart() > 0 ? whole.toSecondsPart() + "s" : "");
  }

  private static String round(long nanos, long unit) {
    BigDecimal value = BigDecimal.valueOf(nanos).divide(BigDecimal.valueOf(unit));
    BigDecimal rounded =
        value.compareTo(BigDecimal.TEN) >= 0
            ? value.setScale(
                value.compareTo(BigDecimal.valueOf(100)) >= 0 ? 0 : 1, RoundingMode.HALF_UP)
            : value.round(new MathContext(2, RoundingMode.HALF_UP));
    return rounded.stripTrailingZeros().toPlainString();
  }

  private static BigDecimal nanosOf(String unit) {
    return switch (unit) {
      case "ms" -> BigDecimal.valueOf(NANOS_PER_MILLI);
      case "s" -> BigDecimal.valueOf(NANOS_PER_SECOND);
      case "m" -> BigDecimal.valueOf(60 * NANOS_PER_SECOND);
      default -> BigDecimal.valueOf(3600 * NANOS_PER_SECOND);
    };
  }
}
