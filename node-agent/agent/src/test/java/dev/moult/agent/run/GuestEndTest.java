package dev.moult.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.qemu.qmp.QmpEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuestEndTest {
  private static final GuestRecord RUNNING = new GuestRecord(GuestState.RUNNING, null, null, 1);

  @ParameterizedTest
  @CsvSource({
    "guest-shutdown,false,STOPPED,GuestPoweredOff",
    "guest-shutdown,true,STOPPED,PoweredDown",
    "guest-reset,false,STOPPED,GuestReset",
    "guest-panic,false,FAILED,GuestPanicked",
    "host-error,false,FAILED,VmmExited",
  })
  void aShutdownSaysWhy(String cause, boolean asked, GuestState state, String reason) {
    GuestRecord after = GuestEnd.after(RUNNING, event("SHUTDOWN", cause), asked, 2);

    assertThat(after.state()).isEqualTo(state);
    assertThat(after.reason()).isEqualTo(reason);
  }

  @Test
  void aCauseOfQemusOwnIsCutAndCleaned() {
    GuestRecord after =
        GuestEnd.after(RUNNING, event("SHUTDOWN", "\u001b[2J" + "x".repeat(4000)), false, 2);

    assertThat(after.message()).hasSizeLessThan(600).doesNotContain("\u001b");
  }

  @ParameterizedTest
  @CsvSource({
    "poweroff,FAILED,WatchdogFired",
    "pause,PAUSED,WatchdogFired",
    "reset,RUNNING,",
    "shutdown,RUNNING,",
    "none,RUNNING,",
  })
  void aWatchdogEndsOrPausesTheGuestOrIsToldOfAlone(
      String action, GuestState state, @Nullable String reason) {
    QmpEvent fired = watchdog(action);
    GuestRecord after = GuestEnd.after(RUNNING, fired, false, 2);

    assertThat(after.state()).isEqualTo(state);
    assertThat(after.reason()).isEqualTo(reason);
    assertThat(GuestEnd.after(after, event("STOP", ""), false, 3).reason())
        .as("QEMU's STOP that follows says no more")
        .isEqualTo(reason);
  }

  @Test
  void whatAWatchdogDoesIsToldOnceAMinute() {
    List<String> told = new ArrayList<>();
    WatchdogNews news = new WatchdogNews();
    news.heard(watchdog("pause"));
    news.tell(told::add);
    assertThat(told).as("a state of the guest tells of it").isEmpty();

    news.heard(watchdog("reset"));
    news.heard(watchdog("reset"));
    news.tell(told::add);
    news.heard(watchdog("an action that\nnobody knows"));
    news.tell(told::add);

    assertThat(told)
        .containsExactly("The guest has not fed its watchdog, 2 times lately; its action: reset.");
  }

  private static QmpEvent watchdog(String action) {
    return new QmpEvent(
        0, "WATCHDOG", 0, JsonNodeFactory.instance.objectNode().put("action", action));
  }

  @Test
  void theFirstWordIsTheLast() {
    GuestRecord ended = GuestEnd.after(RUNNING, event("SHUTDOWN", "guest-shutdown"), false, 2);

    assertThat(GuestEnd.after(ended, event("STOP", ""), false, 3)).isEqualTo(ended);
    assertThat(GuestEnd.after(ended, event("RESUME", ""), false, 3)).isEqualTo(ended);
  }

  @Test
  void stopAndResumeAreFollowed() {
    GuestRecord paused = GuestEnd.after(RUNNING, event("STOP", ""), false, 2);

    assertThat(paused.state()).isEqualTo(GuestState.PAUSED);
    assertThat(GuestEnd.after(paused, event("RESUME", ""), false, 3).state())
        .isEqualTo(GuestState.RUNNING);
    assertThat(GuestEnd.after(RUNNING, event("RTC_CHANGE", ""), false, 3)).isEqualTo(RUNNING);
  }

  @Test
  void aDiskThatIsFullPausesTheGuestUntilItHasRunForAMoment() {
    JsonNode data =
        JsonNodeFactory.instance
            .objectNode()
            .put("node-name", "disk1-fmt")
            .put("operation", "write")
            .put("action", "stop")
            .put("nospace", true);
    GuestRecord full =
        GuestEnd.after(RUNNING, new QmpEvent(0, "BLOCK_IO_ERROR", 0, data), false, 2);

    assertThat(full.state()).isEqualTo(GuestState.PAUSED);
    assertThat(full.reason()).isEqualTo("DiskError");
    assertThat(full.message()).contains("disk1", "written", "no space left");
    assertThat(GuestEnd.after(full, event("STOP", ""), false, 3)).isEqualTo(full);
    assertThat(GuestEnd.after(full, event("RESUME", ""), false, 3)).isEqualTo(full);
    assertThat(GuestEnd.after(full, event("SHUTDOWN", "guest-shutdown"), false, 3).ended())
        .isTrue();
  }

  @Test
  void anErrorThatReachesTheGuestIsItsOwn() {
    JsonNode data = JsonNodeFactory.instance.objectNode().put("action", "report");

    assertThat(GuestEnd.after(RUNNING, new QmpEvent(0, "BLOCK_IO_ERROR", 0, data), false, 2))
        .isEqualTo(RUNNING);
  }

  private static QmpEvent event(String name, String reason) {
    JsonNode data = JsonNodeFactory.instance.objectNode().put("reason", reason);
    return new QmpEvent(0, name, 0, data);
  }

  @Test
  void aPauseByTheOwnerKeepsItsReasonAndEndsWithTheGuestsGoingOn() {
    GuestRecord paused = GuestRecord.pausedByUser(1);

    assertThat(GuestEnd.after(paused, event("STOP", ""), false, 2)).isEqualTo(paused);
    JsonNode full = JsonNodeFactory.instance.objectNode().put("action", "stop");
    assertThat(GuestEnd.after(paused, new QmpEvent(0, "BLOCK_IO_ERROR", 0, full), false, 2))
        .isEqualTo(paused);
    assertThat(GuestEnd.after(paused, event("RESUME", ""), false, 2).state())
        .isEqualTo(GuestState.RUNNING);
  }
}
