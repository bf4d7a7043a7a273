package dev.moult.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ApiWriterTroubleTest {
  private static final long SOON = 10;

  private final ApiWriter writer = new ApiWriter();

  @AfterEach
  void end() {
    writer.close();
  }

  @Test
  void isNotDoneBeforeTheWriteThatIsUnderWay() throws Exception {
    var begun = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    writer.submit(
        "vm/a",
        () -> {
          begun.countDown();
          await(go);
        });
    assertThat(begun.await(SOON, TimeUnit.SECONDS)).isTrue();
    long before = System.nanoTime();

    writer.drain(Duration.ofMillis(60));

    assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(60_000_000);
    go.countDown();
  }

  @Test
  void whatComesLaterTakesThePlaceOfWhatWasDenied() throws Exception {
    var denied = new CountDownLatch(1);
    var attempts = new AtomicInteger();
    var written = new CountDownLatch(1);
    writer.submit(
        "vm/a",
        () -> {
          attempts.incrementAndGet();
          denied.countDown();
          throw new KubernetesClientException("denied", 403, null);
        });
    assertThat(denied.await(SOON, TimeUnit.SECONDS)).isTrue();

    writer.submit("vm/a", written::countDown);

    assertThat(written.await(SOON, TimeUnit.SECONDS)).isTrue();
    writer.drain(Duration.ofSeconds(SOON));
    assertThat(attempts.get()).as("a retry may have come before").isLessThanOrEqualTo(2);
    assertThat(writer.failingSinceNanos()).isZero();
  }

  private static void await(CountDownLatch latch) {
    try {
      var unused = latch.await(SOON, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
