package dev.moult.e2e;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What was seen of features before, during and after live updates. */
final class FeatureTable {
  private final Map<Feature, Map<Moment, Seen>> rows = new LinkedHashMap<>();
  private final Map<Feature, String> last = new HashMap<>();

  /** When it was looked. */
  enum Moment {
    BEFORE("before, 10.0.2"),
    DURING("during 10.0.2 → 11.1.3"),
    AFTER("after, 11.1.3"),
    DURING_FORCED("during 11.1.3 → 11.1.3, forced"),
    AFTER_FORCED("after that");

    private final String title;

    Moment(String title) {
      this.title = title;
    }
  }

  /**
   * What was seen of one at one moment.
   *
   * @param times how often it was asked for
   * @param shown how often it was shown
   * @param wrong the first answer that did not show it, or why there is none
   */
  private record Seen(Feature feature, int times, int shown, @Nullable String wrong) {
    boolean holds() {
      return wrong == null || (feature.rule() == Feature.Rule.ONE && shown > 0);
    }

    String cell() {
      return holds() ? (times == 1 ? "yes" : "yes, %d of %d".formatted(shown, times)) : "**no**";
    }
  }

  /** Adds what was answered; a feature that none of the answers is about was not shown. */
  void add(Moment moment, Feature feature, List<String> answers) {
    int shown = 0;
    String wrong = answers.isEmpty() ? "was not asked" : null;
    for (String answer : answers) {
      if (feature.isShownBy(answer, last.get(feature))) {
        shown++;
        last.put(feature, answer);
      } else if (wrong == null) {
        wrong = "\"" + answer + "\" after \"" + last.get(feature) + "\"";
      }
    }
    rows.computeIfAbsent(feature, unused -> new EnumMap<>(Moment.class))
        .put(moment, new Seen(feature, answers.size(), shown, wrong));
  }

  /** Adds them all. */
  void add(Moment moment, Map<Feature, List<String>> answers) {
    answers.forEach((feature, said) -> add(moment, feature, said));
  }

  /** What did not hold at a moment. */
  List<String> failures(Moment moment) {
    return rows.values().stream()
        .map(row -> row.get(moment))
        .flatMap(Stream::ofNullable)
        .filter(seen -> !seen.holds())
        .map(seen -> seen.feature().name() + ": " + seen.wrong())
        .toList();
  }

  /** All of it, in Markdown. */
  String markdown() {
    var lines = new ArrayList<String>();
    var titles = Stream.of(Moment.values()).map(moment -> moment.title);
    lines.add(row(Stream.concat(Stream.of("feature", "command", "shows"), titles)));
    lines.add("|---".repeat(3 + Moment.values().length) + "|");
    rows.forEach((feature, seen) -> {
      var cells =
          Stream.of(Moment.values()).map(seen::get).map(one -> one == null ? "–" : one.cell());
      var command = "`" + feature.command() + "`";
      var shows = "`" + last.getOrDefault(feature, "") + "`";
      lines.add(row(Stream.concat(Stream.of(feature.name(), command, shows), cells)));
    });
    return String.join("\n", lines);
  }

  private static String row(Stream<String> cells) {
    return cells
        .map(cell -> cell.replace("|", "\\|"))
        .collect(Collectors.joining(" | ", "| ", " |"));
  }
}
