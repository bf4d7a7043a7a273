package dev.moult.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.VirtualMachine;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NudgesTest {
  private static final ResourceID WEB = new ResourceID("web", "default");
  private static final ResourceID DB = new ResourceID("db", "default");
  private static final Duration LONG = Duration.ofHours(1);

  private final LinkedBlockingQueue<ResourceID> looks = new LinkedBlockingQueue<>();
  private final Nudges<VirtualMachine> nudges = new Nudges<>();

  @BeforeEach
  void start() {
    nudges.setEventHandler(event -> looks.add(event.getRelatedCustomResourceID()));
    nudges.start();
  }

  @AfterEach
  void stop() {
    nudges.stop();
  }

  @Test
  void anObjectIsLookedAtWhenItsTimeHasCome() throws InterruptedException {
    nudges.nudgeAfter(WEB, Optional.of(Duration.ofMillis(1)));
    assertThat(next()).isEqualTo(WEB);
  }

  @Test
  void theLastAskedCounts() throws InterruptedException {
    nudges.nudgeAfter(WEB, Optional.of(LONG));
    nudges.nudgeAfter(WEB, Optional.of(Duration.ofMillis(1)));
    assertThat(next()).isEqualTo(WEB);
  }

  @Test
  void whatIsAskedNoMoreDoesNotCome() throws InterruptedException {
    nudges.nudgeAfter(WEB, Optional.of(Duration.ofMillis(20)));
    nudges.nudgeAfter(WEB, Optional.empty());
    nudges.nudgeAfter(DB, Optional.of(Duration.ofMillis(40)));
    assertThat(next()).isEqualTo(DB);
    assertThat(looks).isEmpty();
  }

  @Test
  void objectsDoNotDisplaceOneAnother() throws InterruptedException {
    nudges.nudgeAfter(WEB, Optional.of(Duration.ofMillis(1)));
    nudges.nudgeAfter(DB, Optional.of(Duration.ofMillis(1)));
    assertThat(next()).isNotEqualTo(next());
  }

  private @Nullable ResourceID next() throws InterruptedException {
    return looks.poll(10, TimeUnit.SECONDS);
  }
}
