package dev.moult.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version of a QEMU. Ordered by its numbers, then by the distribution's text so that order and
 * equality agree; {@link #sameNumbers} is the comparison that ignores the packaging.
 *
 * @param major first number
 * @param minor second number
 * @param micro third number
 * @param distribution the packager's text without brackets, such as {@code Debian
 *     1:11.1.3+ds-1~bpo13+1}; empty when there is none
 */
public record QemuVersion(int major, int minor, int micro, String distribution)
    implements Comparable<QemuVersion> {

  private static final Pattern TEXT =
      Pattern.compile("(\\d{1,6})\\.(\\d{1,6})(?:\\.(\\d{1,6}))?(?:\\s*\\((.{0,128})\\))?");
  private static final Comparator<QemuVersion> ORDER =
      Comparator.comparingInt(QemuVersion::major)
          .thenComparingInt(QemuVersion::minor)
          .thenComparingInt(QemuVersion::micro)
          .thenComparing(QemuVersion::distribution);

  /** A version without packaging. */
  public static QemuVersion of(int major, int minor, int micro) {
    return new QemuVersion(major, minor, micro, "");
  }

  /**
   * Reads {@code 11.1.3}, {@code 11.1} or {@code 11.1.3 (Debian 1:11.1.3+ds-1~bpo13+1)}.
   *
   * @throws IllegalArgumentException when the text is none of these
   */
  public static QemuVersion parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a QEMU version: " + text);
    }
    String micro = matcher.group(3);
    String packaging = matcher.group(4);
    return new QemuVersion(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        micro == null ? 0 : Integer.parseInt(micro),
        packaging == null ? "" : packaging);
  }

  /**
   * Reads the version out of a QMP greeting.
   *
   * @throws IllegalArgumentException when it holds none
   */
  public static QemuVersion fromGreeting(JsonNode greeting) {
    JsonNode version = greeting.path("QMP").path("version");
    JsonNode numbers = version.path("qemu");
    if (!numbers.path("major").isInt()
        || !numbers.path("minor").isInt()
        || !numbers.path("micro").isInt()) {
      throw new IllegalArgumentException("a greeting without a version");
    }
    String packaging = version.path("package").asText("").strip();
    return new QemuVersion(
        numbers.path("major").asInt(),
        numbers.path("minor").asInt(),
        numbers.path("micro").asInt(),
        PeerText.clean(packaging.substring(0, Math.min(packaging.length(), 128))));
  }

  /** Whether this is {@code major.minor} or newer. */
  public boolean atLeast(int wantedMajor, int wantedMinor) {
    return major > wantedMajor || (major == wantedMajor && minor >= wantedMinor);
  }

  /** Whether the three numbers are the same, whatever the packaging. */
  public boolean sameNumbers(QemuVersion other) {
    return major == other.major && minor == other.minor && micro == other.micro;
  }

  /** The three numbers, such as {@code 11.1.3}: what a user sees in a status. */
  public String numbers() {
    return major + "." + minor + "." + micro;
  }

  @Override
  public int compareTo(QemuVersion other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return distribution.isEmpty() ? numbers() : numbers() + " (" + distribution + ")";
  }
}
