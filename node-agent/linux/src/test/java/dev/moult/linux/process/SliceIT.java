package dev.moult.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class SliceIT {
  @Test
  void theCallingThreadAloneHasIt() throws Exception {
    // Given
    Duration before = Slice.ofCallingThread();
    var asked = Duration.ofNanos(150_000);

    // When
    var there = new CompletableFuture<Duration>();
    Thread.ofPlatform()
        .start(() -> {
          try {
            Slice.ofCallingThread(asked);
            there.complete(Slice.ofCallingThread());
          } catch (Exception e) {
            there.completeExceptionally(e);
          }
        })
        .join();

    // Then
    // A kernel before 6.12 says zero of both.
    assertThat(there.join()).isEqualTo(before.isZero() ? Duration.ZERO : asked);
    assertThat(Slice.ofCallingThread()).isEqualTo(before);
  }
}
