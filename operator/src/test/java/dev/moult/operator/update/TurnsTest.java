package dev.moult.operator.update;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.LiveUpdateStatusBuilder;
import dev.moult.operator.Story;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private final List<LiveUpdate> known = new ArrayList<>();
  private final Turns turns = new Turns(vm -> List.copyOf(known));

  /** Both of one second: by their uids the one that is seen later goes first. */
  @Test
  void whoWasLetGoIsNotOvertakenBeforeItsStatusSaysSo() throws IOException {
    var early = appears("b", "10:00:00");
    assertThat(turns.take(early)).isTrue();

    var late = appears("a", "10:00:00");
    assertThat(turns.take(late)).isFalse();
    assertThat(turns.take(early)).isTrue();

    becomes(early, LiveUpdatePhase.PREPARING);
    assertThat(turns.take(late)).isFalse();
    becomes(early, LiveUpdatePhase.COMPLETED);
    turns.end(early);
    assertThat(turns.take(late)).isTrue();
  }

  @Test
  void theOlderGoesFirst() throws IOException {
    var younger = appears("a", "10:00:01");
    var older = appears("b", "10:00:00");

    assertThat(turns.take(younger)).isFalse();
    assertThat(turns.take(older)).isTrue();
  }

  @Test
  void whoWasLetGoAndIsGoneHoldsNobodyUp() throws IOException {
    var early = appears("b", "10:00:00");
    assertThat(turns.take(early)).isTrue();
    var late = appears("a", "10:00:00");
    known.remove(early);

    assertThat(turns.take(late)).isTrue();
  }

  @Test
  void oneThatAnotherOperatorStartedGoesFirst() throws IOException {
    var mine = appears("a", "10:00:00");
    assertThat(turns.take(mine)).isTrue();
    var theirs = appears("b", "10:00:01");
    becomes(theirs, LiveUpdatePhase.TRANSFERRING);

    assertThat(turns.take(mine)).isFalse();
    becomes(theirs, LiveUpdatePhase.ROLLED_BACK);
    assertThat(turns.take(mine)).isTrue();
  }

  private LiveUpdate appears(String uid, String time) throws IOException {
    var update = Story.read("update", "checked").updates().getFirst();
    update.getMetadata().setUid(uid);
    update.getMetadata().setCreationTimestamp("2026-01-01T" + time + "Z");
    update.setStatus(null);
    known.add(update);
    return update;
  }

  private static void becomes(LiveUpdate update, LiveUpdatePhase phase) {
    update.setStatus(LiveUpdateStatusBuilder.builder().phase(phase).build());
  }
}
