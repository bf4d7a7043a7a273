package dev.moult.operator.allowance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.operator.pod.PodImages;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InquiriesTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Question ONE = question("one");
  private static final Question OTHER = question("other");

  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  private final InstantSource source = now::get;
  private final Clock clock = source.withZone(ZoneOffset.UTC);
  private final Inquiries inquiries = new Inquiries(clock);

  @Test
  void theSameIsNotAskedTwice() {
    assertThat(inquiries.differs("web", ONE)).isTrue();

    inquiries.asks("web", ONE);

    assertThat(inquiries.differs("web", ONE)).isFalse();
    assertThat(inquiries.differs("web", OTHER)).isTrue();
    inquiries.forget("web");
    assertThat(inquiries.differs("web", ONE)).as("an answer that did not come").isTrue();
  }

  @Test
  void aTurnIsKeptHoweverOftenItIsLookedFor() {
    var turn = inquiries.turn("web").orElseThrow();
    now.set(START.plusMillis(500));

    assertThat(inquiries.turn("web")).contains(turn);
    now.set(turn);
    assertThat(inquiries.turn("web")).isEmpty();
  }

  @Test
  void thousandsHaveTheirTurnsOneAfterTheOther() {
    var last =
        IntStream.range(0, 10_000)
            .mapToObj(i -> inquiries.turn("vm-" + i).orElseThrow())
            .distinct()
            .toList();

    assertThat(last).hasSize(10_000);
    assertThat(Duration.between(START, last.getLast()))
        .isBetween(Duration.ofMinutes(16), Duration.ofMinutes(17));
  }

  private static Question question(String fact) {
    return new Question(1, new PodImages("launcher", "qemu", "Always"), List.of(fact));
  }
}
