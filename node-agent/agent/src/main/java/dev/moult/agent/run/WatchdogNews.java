package dev.moult.agent.run;

import dev.moult.agent.journal.GuestRecord;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.linux.Deadline;
import dev.moult.qemu.machine.Watchdog;
import dev.moult.qemu.qmp.QmpEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The guest's watchdog. That it has ended or stopped the guest is a state of the guest; else it is
 * told in an event, at most once a minute: how often it fires is the guest's choice.
 */
final class WatchdogNews {
  private static final String FIRED = "WATCHDOG";
  private static final Duration APART = Duration.ofMinutes(1);

  private Deadline next = Deadline.now();
  private int times;
  private String action = "";

  /** The guest after that event, if it has ended or stopped it. */
  static Optional<GuestRecord> guest(QmpEvent event, long nowMillis) {
    if (!event.is(FIRED)) {
      return Optional.empty();
    }
    String action = action(event);
    if (action.equals(Watchdog.PAUSE.word())) {
      return Optional.of(paused(nowMillis));
    }
    return action.equals(Watchdog.POWEROFF.word())
        ? Optional.of(
            new GuestRecord(
                GuestState.FAILED,
                Reason.WATCHDOG_FIRED.value(),
                "The guest has not fed its watchdog, which powered it off.",
                nowMillis))
        : Optional.empty();
  }

  /** A guest that it has stopped. */
  static GuestRecord paused(long nowMillis) {
    return new GuestRecord(
        GuestState.PAUSED,
        Reason.WATCHDOG_FIRED.value(),
        "The guest has not fed its watchdog, which paused it. It stands still until it is reset"
            + " (spec.resetRequestedAt) or restarted.",
        nowMillis);
  }

  /** Takes an event in. */
  void heard(QmpEvent event) {
    if (event.is(FIRED) && guest(event, 0).isEmpty()) {
      times++;
      action = action(event);
    }
  }

  /** Tells what was heard, if it is time. */
  void tell(Consumer<String> teller) {
    if (times == 0 || !next.isPassed()) {
      return;
    }
    teller.accept(
        times == 1
            ? "The guest has not fed its watchdog; its action: %s.".formatted(action)
            : "The guest has not fed its watchdog, %d times lately; its action: %s."
                .formatted(times, action));
    times = 0;
    next = Deadline.in(APART);
  }

  /** One of those that we know: QEMU's words do not reach people unseen. */
  private static String action(QmpEvent event) {
    String word = event.data().path("action").asText("");
    for (Watchdog known : Watchdog.values()) {
      if (known.word().equals(word)) {
        return word;
      }
    }
    return Watchdog.NONE.word();
  }
}
