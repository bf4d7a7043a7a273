package dev.moult.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ApiWriterTest {
  private static final Duration NEVER = Duration.ofHours(1);

  private final ApiWriter writer = new ApiWriter();
  private final List<String> written = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() {
    writer.close();
  }

  @Test
  void newsDoNotWaitForWhatTheyReplace() throws Exception {
    writer.submit("vm", NEVER, () -> written.add("generation"));
    writer.submit("vm", () -> written.add("guest"));
    awaitLine();
    assertThat(written).containsExactly("guest");
  }

  @Test
  void newsThatStandInLineAreNotHeldUpByWhatReplacesThem() throws Exception {
    var begun = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    writer.submit(
        "other",
        () -> {
          begun.countDown();
          await(go);
        });
    await(begun);
    writer.submit("vm", () -> written.add("guest"));
    writer.submit("vm", NEVER, () -> written.add("guest and generation"));
    go.countDown();
    awaitLine();
    assertThat(written).containsExactly("guest and generation");
  }

  /** Returns when all that is due has been written: the line is worked off in its order. */
  private void awaitLine() {
    var last = new CountDownLatch(1);
    writer.submit("last", last::countDown);
    await(last);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
