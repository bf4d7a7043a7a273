package dev.moult.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.linux.Poll.Watch;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.Pipe;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PollIT {
  @Test
  void tellsWhichOfSeveralIsReady() throws Exception {
    try (Pipe one = Pipe.open();
        Pipe two = Pipe.open()) {
      // Given
      FileIo.write(two.writer(), new byte[] {1});

      // When
      int[] events =
          Poll.await(
              List.of(Watch.readable(one.reader()), Watch.readable(two.reader())),
              Deadline.in(Duration.ofSeconds(5)));

      // Then
      assertThat(events).containsExactly(0, Poll.IN);
    }
  }

  @Test
  void endsAtTheDeadlineBelowAMillisecond() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      Poll.readable(pipe.reader(), Deadline.now()); // linked and warm
      // When
      long start = Clocks.monotonicNanos();
      boolean ready = Poll.readable(pipe.reader(), Deadline.in(Duration.ofNanos(300_000)));
      long took = Clocks.monotonicNanos() - start;

      // Then
      assertThat(ready).isFalse();
      assertThat(took).isGreaterThanOrEqualTo(250_000);
    }
  }

  @Test
  void seesTheHangUp() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      // Given
      pipe.writer().close();

      // When
      int[] events = Poll.await(List.of(Watch.readable(pipe.reader())), Deadline.never());

      // Then
      assertThat(events[0] & Poll.HANG_UP).isNotZero();
    }
  }

  @Test
  void anEventFdWakesAWaitingThread() throws Exception {
    try (EventFd wake = EventFd.create()) {
      // Given
      Thread signaller =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  wake.signal();
                  wake.signal();
                } catch (LinuxException e) {
                  throw new AssertionError(e);
                }
              });

      // When
      boolean woken = Poll.readable(wake.fd(), Deadline.in(Duration.ofSeconds(5)));
      signaller.join();

      // Then
      assertThat(woken).isTrue();
      assertThat(wake.drain()).isTrue();
      assertThat(wake.drain()).isFalse();
      assertThat(Poll.readable(wake.fd(), Deadline.now())).isFalse();
    }
  }

  @Test
  void clocksRunForward() {
    long monotonic = Clocks.monotonicNanos();
    long boot = Clocks.bootTimeNanos();
    assertThat(monotonic).isPositive();
    assertThat(boot).isGreaterThanOrEqualTo(monotonic);
    assertThat(Clocks.bootTimeNanos()).isGreaterThanOrEqualTo(boot);
  }
}
