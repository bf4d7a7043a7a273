package dev.moult.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.LiveUpdate;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import org.junit.jupiter.api.Test;

class UpdateBookTest {
  private final UpdateBook book = new UpdateBook("node1", Clock.systemUTC());

  @Test
  void anUpdateThatTheOperatorHasEndedIsCancelled() {
    see("{nodeName: node1, phase: Checking}");
    assertThat(book.isCancelled("up")).isFalse();
    see("{nodeName: node1, phase: RolledBack, finishedAt: '2026-01-01T12:00:00Z'}");
    assertThat(book.isCancelled("up")).isTrue();
    assertThat(book.wanted(null)).isNull();
  }

  private void see(String status) {
    book.seen(
        Serialization.unmarshal(
            """
            metadata: {name: web-1, uid: up, creationTimestamp: '2026-01-01T11:59:00Z'}
            spec: {virtualMachine: web}
            status: %s
            """
                .formatted(status),
            LiveUpdate.class));
  }
}
