package dev.moult.agent.guest;

import static dev.moult.api.v1alpha1.FilesystemFreezeState.FAILED;
import static dev.moult.api.v1alpha1.FilesystemFreezeState.FROZEN;
import static dev.moult.api.v1alpha1.FilesystemFreezeState.THAWED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.agent.journal.FreezeRecord;
import dev.moult.agent.run.Specs;
import dev.moult.api.v1alpha1.FilesystemFreeze;
import dev.moult.api.v1alpha1.FilesystemFreezeState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Frozen file systems: the VM's thread and what it tells are real, and so are the sockets to a
 * guest agent that does and refuses what qemu-ga does and refuses. However it ends, nothing stays
 * frozen.
 */
class FreezeIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final FilesystemFreeze WISH = new FilesystemFreeze(NOON, "5m");

  /** What qemu-ga does while it has frozen file systems (qga/commands-posix.c). */
  private static final Set<String> ALLOWED =
      Set.of(
          "guest-info",
          "guest-ping",
          "guest-sync-delimited",
          "guest-fsfreeze-status",
          "guest-fsfreeze-thaw");

  @TempDir Path directory;

  private final FreezingAgent guest = new FreezingAgent();

  /** A guest agent with two file systems. */
  private static final class FreezingAgent {
    private final AtomicInteger freezes = new AtomicInteger();
    private final AtomicInteger looks = new AtomicInteger();
    private final List<String> refused = new CopyOnWriteArrayList<>();
    private volatile boolean frozen;
    private volatile @Nullable String refusal;
    private volatile boolean thaws = true;
    private volatile boolean hangsUp;

    LyingAgent.Lie lie() {
      return caller -> {
        var command = caller.command();
        while (command != null) {
          String name = command.path("execute").asText();
          if (name.equals("guest-sync-delimited")) {
            caller.sayBytes(LyingAgent.synced(LyingAgent.id(command)));
          } else if (hangsUp && name.equals("guest-fsfreeze-freeze")) {
            hangsUp = false;
            return;
          } else {
            caller.say(answer(name));
          }
          command = caller.command();
        }
      };
    }

    private String answer(String name) {
      if (frozen && !ALLOWED.contains(name)) {
        refused.add(name);
        return error("Command %s has been disabled: the agent is in frozen state".formatted(name));
      }
      return switch (name) {
        case "guest-fsfreeze-status" -> {
          looks.incrementAndGet();
          yield "{\"return\": \"%s\"}\n".formatted(frozen ? "frozen" : "thawed");
        }
        case "guest-fsfreeze-freeze" -> freeze();
        case "guest-fsfreeze-thaw" -> thaw();
        default -> LyingAgent.honest(name);
      };
    }

    private String freeze() {
      String no = refusal;
      if (no != null) {
        return error(no);
      }
      freezes.incrementAndGet();
      frozen = true;
      return "{\"return\": 2}\n";
    }

    private String thaw() {
      if (!thaws) {
        return error("thaw failed");
      }
      int count = frozen ? 2 : 0;
      frozen = false;
      return "{\"return\": %d}\n".formatted(count);
    }

    private static String error(String words) {
      return "{\"error\": {\"class\": \"GenericError\", \"desc\": \"%s\"}}\n".formatted(words);
    }
  }

  private PlayedNode node() throws Exception {
    PlayedNode node = new PlayedNode(directory, guest.lie());
    await().atMost(SOON).until(() -> node.told.view() instanceof GuestView.Present);
    return node;
  }

  private static void awaitState(PlayedNode node, FilesystemFreezeState state) {
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(node.told.freeze())
                .isNotNull()
                .extracting(FreezeRecord::state)
                .isEqualTo(state));
  }

  private static FreezeRecord freeze(PlayedNode node) {
    return Objects.requireNonNull(node.told.freeze());
  }

  @AfterEach
  void nothingStaysFrozen() {
    assertThat(guest.frozen).isFalse();
    assertThat(guest.refused).as("what a frozen agent was asked").isEmpty();
  }

  @Test
  void frozenUntilNobodyAsksAnyMore() throws Exception {
    try (PlayedNode node = node()) {
      node.freeze(WISH);
      awaitState(node, FROZEN);

      assertThat(guest.frozen).isTrue();
      assertThat(freeze(node).count()).isEqualTo(2);
      assertThat(freeze(node).requestedAt()).isEqualTo(NOON.toString());
      assertThat(freeze(node).untilMillis() - freeze(node).sinceMillis())
          .isEqualTo(Duration.ofMinutes(5).toMillis());
      node.reopen(); // a look is due, and waits: it would be refused
      assertThat(node.told.view()).isInstanceOf(GuestView.Present.class);
      assertThat(guest.frozen).isTrue();

      node.freeze(null);
      awaitState(node, THAWED);
      assertThat(freeze(node).message()).contains("does not ask for it any more");
      assertThat(guest.frozen).isFalse();
      assertThat(node.told.refusals()).isEmpty();
    }
  }

  @Test
  void thawedWhenItsTimeIsOverAndNotFrozenAgain() throws Exception {
    try (PlayedNode node = node()) {
      node.freeze(new FilesystemFreeze(NOON, "1s"));
      awaitState(node, THAWED);
      assertThat(freeze(node).message()).isEqualTo("Their time was over.");

      node.obeys(); // the same wish again
      assertThat(freeze(node).state()).isEqualTo(THAWED);
      assertThat(guest.freezes).hasValue(1);
    }
  }

  @Test
  void aLaterRequestKeepsThemFrozen() throws Exception {
    try (PlayedNode node = node()) {
      node.freeze(WISH);
      awaitState(node, FROZEN);
      long until = freeze(node).untilMillis();

      Instant later = NOON.plusSeconds(60);
      node.freeze(new FilesystemFreeze(later, "10m"));
      await().atMost(SOON).until(() -> freeze(node).requestedAt().equals(later.toString()));
      assertThat(freeze(node).state()).isEqualTo(FROZEN);
      assertThat(freeze(node).untilMillis()).isGreaterThan(until);
      assertThat(guest.freezes).hasValue(1);

      node.freeze(null);
      awaitState(node, THAWED);
    }
  }

  @Test
  void aSuccessorThawsWhatItsPredecessorFroze() throws Exception {
    try (PlayedNode node = node()) {
      node.freeze(WISH);
      awaitState(node, FROZEN);
    }
    assertThat(guest.frozen).as("while there is no agent").isTrue();

    try (PlayedNode node =
        new PlayedNode(directory, Specs.machineWithGuestAgent(), guest.lie(), null)) {
      awaitState(node, THAWED);
      assertThat(guest.frozen).isFalse();
    }
  }

  @Test
  void aSuccessorKeepsThemFrozenWhileItIsAskedFor() throws Exception {
    try (PlayedNode node = node()) {
      node.freeze(WISH);
      awaitState(node, FROZEN);
    }
    int before = guest.looks.get();
    try (PlayedNode node =
        new PlayedNode(directory, Specs.machineWithGuestAgent(), guest.lie(), WISH)) {
      await().atMost(SOON).until(() -> guest.looks.get() > before);
      node.reopen();
      await().atMost(SOON).until(() -> guest.looks.get() > before + 1);
      assertThat(freeze(node).state()).isEqualTo(FROZEN);
      assertThat(guest.frozen).isTrue();

      node.freeze(null);
      awaitState(node, THAWED);
      assertThat(guest.freezes).hasValue(1);
    }
  }

  @Test
  void whatTheAgentRefusesIsTold() throws Exception {
    guest.refusal = "failed to open /data: Permission denied";
    try (PlayedNode node = node()) {
      node.freeze(WISH);
      awaitState(node, FAILED);
      assertThat(freeze(node).message())
          .startsWith("The guest agent does not freeze them: ")
          .contains("failed to open /data: Permission denied");
      assertThat(node.told.refusals()).isEmpty();

      guest.refusal = null;
      node.obeys();
      assertThat(guest.freezes).as("the same request is not tried again").hasValue(0);
      node.freeze(new FilesystemFreeze(NOON.plusSeconds(1), "5m"));
      awaitState(node, FROZEN);
      node.freeze(null);
      awaitState(node, THAWED);
    }
  }

  @Test
  void oneThatHangsUpIsAskedAgain() throws Exception {
    guest.hangsUp = true;
    try (PlayedNode node = node()) {
      node.freeze(WISH);
      awaitState(node, FROZEN);
      node.freeze(null);
      awaitState(node, THAWED);
    }
  }

  @Test
  void oneThatDoesNotThawIsAskedAgain() throws Exception {
    guest.thaws = false;
    try (PlayedNode node = node()) {
      node.freeze(WISH);
      awaitState(node, FROZEN);
      node.freeze(null);
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(freeze(node).message())
                  .isEqualTo(
                      "They cannot be unfrozen: guest-fsfreeze-thaw: thaw failed. It is tried"
                          + " again."));
      assertThat(freeze(node).state()).isEqualTo(FROZEN);

      guest.thaws = true;
      awaitState(node, THAWED);
    }
  }

  @Test
  void aResetThawsThem() throws Exception {
    try (PlayedNode node = node()) {
      node.freeze(WISH);
      awaitState(node, FROZEN);

      guest.frozen = false; // as a guest that begins anew
      node.obeys(); // by a reset
      awaitState(node, THAWED);
      assertThat(freeze(node).message()).isEqualTo("The guest was reset.");
      assertThat(guest.freezes).hasValue(1);
    }
  }

  @Test
  void whoeverThawsInTheGuestIsSeen() throws Exception {
    try (PlayedNode node = node()) {
      node.freeze(WISH);
      awaitState(node, FROZEN);

      guest.frozen = false;
      node.reopen();
      awaitState(node, THAWED);
      assertThat(freeze(node).message()).isEqualTo("They were unfrozen in the guest.");
    }
  }

  @Test
  void withoutAChannelItFails() throws Exception {
    try (PlayedNode node = new PlayedNode(directory, Specs.machine(), guest.lie(), WISH)) {
      awaitState(node, FAILED);
      assertThat(freeze(node).message()).contains("no channel to a guest agent");
    }
  }

  @Test
  void withoutAnAgentItFails() throws Exception {
    try (PlayedNode node = node()) {
      node.monitor.port(false);
      await().atMost(SOON).until(() -> node.told.view() instanceof GuestView.Away);
      node.freeze(WISH);
      awaitState(node, FAILED);
      assertThat(freeze(node).message()).isEqualTo("No guest agent runs in the guest.");
    }
  }
}
