package dev.moult.qemu.pairs;

import dev.moult.qemu.QemuVersion;
import java.util.List;

/** The table of version pairs, {@code known-pairs.csv}. */
public final class KnownPairs {

  /** What an update between two versions needs. */
  public enum Verdict {
    /** Nothing special. */
    ALLOW,
    /** The relay must take the empty VFIO subsection out of the cpr stream. */
    DROP_EMPTY_VFIO,
    /** The pair loses or endangers the guest: {@code KnownBadPair}. */
    REFUSE
  }

  /**
   * The answer for one pair.
   *
   * @param verdict what to do
   * @param reason why, for people; empty when allowed
   * @param source who says so; empty when allowed
   */
  public record Answer(Verdict verdict, String reason, String source) {}

  private static final Answer ALLOWED = new Answer(Verdict.ALLOW, "", "");

  private record Line(VersionPattern from, VersionPattern to, boolean virtioOnly, Answer answer) {}

  private final List<Line> lines;

  private KnownPairs(List<Line> lines) {
    this.lines = lines;
  }

  /** The table in this jar. */
  public static KnownPairs bundled() {
    return new KnownPairs(
        Table.read(KnownPairs.class, "known-pairs.csv", 6).stream().map(KnownPairs::line).toList());
  }

  /**
   * What the table says.
   *
   * @param from the running QEMU
   * @param to the new one
   * @param hasVirtio whether the machine has any virtio device
   */
  public Answer verdict(QemuVersion from, QemuVersion to, boolean hasVirtio) {
    for (Line line : lines) {
      if (line.from().matches(from) && line.to().matches(to) && (hasVirtio || !line.virtioOnly())) {
        return line.answer();
      }
    }
    return ALLOWED;
  }

  private static Line line(List<String> cells) {
    return new Line(
        new VersionPattern(cells.get(0)),
        new VersionPattern(cells.get(1)),
        switch (cells.get(2)) {
          case "any" -> false;
          case "virtio" -> true;
          default -> throw new IllegalStateException("devices: " + cells.get(2));
        },
        new Answer(Verdict.valueOf(cells.get(3)), cells.get(4), cells.get(5)));
  }
}
