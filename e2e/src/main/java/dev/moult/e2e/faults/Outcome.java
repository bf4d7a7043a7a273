package dev.moult.e2e.faults;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What became of one run.
 *
 * @param fault what struck
 * @param step when; the step's number, or a sentence in a soak
 * @param end the LiveUpdate's phase and reason
 * @param guest what the guest says of itself
 * @param most QEMUs that were seen to run the guest at one time
 * @param verdict the journal's
 * @param pause the update's, as reported; null when none was
 * @param silence the longest time for which the guest did not answer on TCP
 * @param killProof from RESUME of B to the proof of A's death; null when there was none
 * @param took from the request to the end of the look
 * @param deviations what is not as it must be; empty when all is
 */
record Outcome(
    String fault,
    String step,
    String end,
    String guest,
    int most,
    String verdict,
    @Nullable Duration pause,
    Duration silence,
    @Nullable Duration killProof,
    Duration took,
    List<String> deviations) {

  Outcome {
    deviations = List.copyOf(deviations);
  }

  static Outcome failed(String fault, String step, Duration took, Throwable why) {
    return new Outcome(
        fault, step, "-", "-", 0, "-", null, Duration.ZERO, null, took, List.of(why.toString()));
  }

  /** Whether it struck at a step of the table, and not at a moment of a soak. */
  boolean atStep() {
    return step.length() == 1;
  }

  /** Whether the guest is the one from before. */
  boolean same() {
    return guest.startsWith("same");
  }

  boolean ok() {
    return deviations.isEmpty();
  }

  /** One line for people. */
  String line() {
    return String.format(
        Locale.ROOT,
        "%-30s | %s | %-34s | %-50s | ran at once %d | %-8s | pause %9s | silent %7s | A gone %7s |"
            + " %6.1f s | %s",
        fault,
        step,
        end,
        guest,
        most,
        verdict,
        millis(pause),
        millis(silence),
        millis(killProof),
        took.toMillis() / 1e3,
        ok() ? "ok" : "DEVIATION " + String.join("; ", deviations));
  }

  private static String millis(@Nullable Duration duration) {
    return duration == null ? "-" : String.format(Locale.ROOT, "%.1f ms", duration.toNanos() / 1e6);
  }
}
