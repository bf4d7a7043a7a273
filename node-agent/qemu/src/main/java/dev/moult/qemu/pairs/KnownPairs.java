package dev.moult.qemu.pairs;

import dev.moult.qemu.QemuVersion;
import java.util.ArrayList;
import java.util.List;

/**
 * The table of version pairs, {@code known-pairs.csv}, which a user may extend with pairs of their
 * own to refuse.
 */
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

  /** Most lines that a user may add. */
  private static final int MAX_USER_LINES = 1000;

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
   * This table with a user's lines before it. They have the columns of {@code known-pairs.csv}, and
   * may only refuse: what this table refuses is not for a user to allow.
   *
   * @throws IllegalArgumentException naming the first line that is no such line
   */
  public KnownPairs extendedBy(String text) {
    List<Line> all = new ArrayList<>();
    int number = 0;
    for (String written : text.lines().toList()) {
      number++;
      try {
        Table.parse(written, 6).stream().map(KnownPairs::line).forEach(all::add);
      } catch (IllegalArgumentException | IllegalStateException e) {
        throw new IllegalArgumentException("line " + number + ": " + e.getMessage(), e);
      }
      if (!all.isEmpty() && !isRefusal(all.getLast())) {
        throw new IllegalArgumentException(
            "line " + number + ": the verdict must be REFUSE, with a reason and a source");
      }
      if (all.size() > MAX_USER_LINES) {
        throw new IllegalArgumentException("more than " + MAX_USER_LINES + " lines");
      }
    }
    all.addAll(lines);
    return new KnownPairs(List.copyOf(all));
  }

  private static boolean isRefusal(Line line) {
    Answer answer = line.answer();
    return answer.verdict() == Verdict.REFUSE
        && !answer.reason().isEmpty()
        && !answer.source().isEmpty();
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
          default ->
              throw new IllegalStateException("devices are any or virtio, not " + cells.get(2));
        },
        new Answer(Verdict.valueOf(cells.get(3)), cells.get(4), cells.get(5)));
  }
}
