package dev.moult.agent.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.agent.run.Specs;
import dev.moult.linux.Deadline;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestLineTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path directory;

  /**
   * Its VM's thread closes it, and has more to do than to wait for a QEMU that takes no callers.
   */
  @Test
  void isClosedAtOnceWhileItIsDialled() throws Exception {
    String socket = directory.resolve("ga.sock").toString();
    try (UnixListener full = UnixListener.bind(UnixSocket.Type.STREAM, socket, 0600, 0);
        UnixSocket first = UnixSocket.connect(UnixSocket.Type.STREAM, socket, Deadline.in(SOON))) {
      var line = new GuestLine(Path.of(socket), Specs.VM_UID, Clock.systemUTC());
      var view = new CompletableFuture<GuestView>();
      Thread look = Thread.ofPlatform().daemon().start(() -> view.complete(line.look(false)));
      // It waits in connect then, which nobody can see; it does not yet on a very slow machine.
      assertThat(look.join(Duration.ofMillis(300))).as("it waits").isFalse();

      long before = System.nanoTime();
      line.close();

      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
      full.accept(Deadline.in(SOON)).close(); // the first; now there is room for the line
      assertThat(first.fd().isOpen()).isTrue();
      try (UnixSocket late = full.accept(Deadline.in(SOON));
          Received said = late.receive(64, Deadline.in(SOON))) {
        assertThat(said.isEnd()).as("it hangs up without a word").isTrue();
      }
      assertThat(view.get(SOON.toSeconds(), TimeUnit.SECONDS)).isInstanceOf(GuestView.Away.class);
    }
  }

  @Test
  void afterADialThatFailedItDialsAgain() throws Exception {
    Path socket = directory.resolve("ga.sock");
    try (var line = new GuestLine(socket, Specs.VM_UID, Clock.systemUTC())) {
      assertThat(line.look(false)).isInstanceOf(GuestView.Away.class);

      try (LyingAgent agent =
          new LyingAgent(
              UnixListener.bind(UnixSocket.Type.STREAM, socket.toString(), 0600, 1),
              LyingAgent.honest())) {
        assertThat(line.look(false)).isInstanceOf(GuestView.Present.class);
        assertThat(line.look(true)).isInstanceOf(GuestView.Present.class);
        assertThat(agent.callers()).as("the line is held").isEqualTo(1);
      }
    }
  }

  @Test
  void whoTalksIsCutOffWhenItIsClosed() throws Exception {
    Path socket = directory.resolve("ga.sock");
    try (LyingAgent agent =
        new LyingAgent(
            UnixListener.bind(UnixSocket.Type.STREAM, socket.toString(), 0600, 1),
            LyingAgent.Caller::listen)) {
      var line = new GuestLine(socket, Specs.VM_UID, Clock.systemUTC());
      var view = new CompletableFuture<GuestView>();
      Thread look = Thread.ofPlatform().daemon().start(() -> view.complete(line.look(false)));
      agent.awaitCaller();

      line.close();

      assertThat(view.get(2, TimeUnit.SECONDS)).isInstanceOf(GuestView.Away.class);
      await().atMost(SOON).until(() -> !look.isAlive());
    }
  }
}
