package dev.moult.e2e;

import dev.moult.e2e.cluster.Console;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/** What the example's guest counts on its console, a line each second. */
final class Ticks {
  private static final Pattern TICK = Pattern.compile("tick (\\d+)");

  private Ticks() {}

  /** All of them, in order. */
  static List<Long> of(Console console) {
    return console.lines().stream().mapToLong(Ticks::of).filter(n -> n > 0).boxed().toList();
  }

  /** The one of this line; 0 if it is none. */
  static long of(String line) {
    return TICK.matcher(line)
        .results()
        .map(MatchResult::group)
        .findFirst()
        .map(t -> Long.parseLong(t.substring(5)))
        .orElse(0L);
  }

  /** The last one so far; 0 if there was none. */
  static long last(Console console) {
    return console.lines().stream().mapToLong(Ticks::of).max().orElse(0);
  }

  /** So many numbers, each the one after the other. */
  static List<Long> consecutive(long first, int count) {
    return LongStream.range(first, first + count).boxed().toList();
  }
}
