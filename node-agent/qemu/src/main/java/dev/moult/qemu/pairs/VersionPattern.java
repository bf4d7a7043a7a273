package dev.moult.qemu.pairs;

import dev.moult.qemu.QemuVersion;
import java.util.Arrays;

/**
 * A set of versions as tables write it: {@code *}, {@code 10.0}, {@code 10.0.13}, {@code >=10.1},
 * {@code <=10.0}, {@code <10.0}. Only as many numbers as are written are compared.
 */
public record VersionPattern(String text) {

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException when it has another form
   */
  public VersionPattern {
    if (!text.matches("\\*|(>=|<=|<)?\\d+(\\.\\d+){0,2}")) {
      throw new IllegalArgumentException("not a version pattern: " + text);
    }
  }

  /** Whether that version is in the set. */
  public boolean matches(QemuVersion version) {
    if (text.equals("*")) {
      return true;
    }
    int order = compare(version, text.replaceFirst("^(>=|<=|<)", ""));
    if (text.startsWith(">=")) {
      return order >= 0;
    }
    if (text.startsWith("<=")) {
      return order <= 0;
    }
    return text.startsWith("<") ? order < 0 : order == 0;
  }

  private static int compare(QemuVersion version, String numbers) {
    int[] wanted = Arrays.stream(numbers.split("\\.", -1)).mapToInt(Integer::parseInt).toArray();
    int[] given = {version.major(), version.minor(), version.micro()};
    return Arrays.compare(Arrays.copyOf(given, wanted.length), wanted);
  }
}
