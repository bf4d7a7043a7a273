package dev.moult.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.qemu.Recorded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QmpConnectionTest {

  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration AT_ONCE = Duration.ofMillis(20);

  @TempDir Path directory;
  private final ExecutorService qemuSide = Executors.newVirtualThreadPerTaskExecutor();
  private ScriptedQemu qemu;
  private Path socket;

  @BeforeEach
  void listen() throws Exception {
    socket = directory.resolve("qmp.sock");
    qemu = new ScriptedQemu(socket);
  }

  @AfterEach
  void close() throws Exception {
    qemu.close();
    qemuSide.shutdownNow();
  }

  @Test
  void losesNoEventThatCameWithTheGreeting() throws Exception {
    List<String> recorded =
        Recorded.text("qmp/handoff-a-10.0.2.txt")
            .lines()
            .filter(l -> l.contains("\"event\""))
            .toList();
    Future<?> greeted = play(() -> qemu.greet(recorded.toArray(String[]::new)));
    try (QmpConnection connection = QmpConnection.connect(socket, SOON)) {
      greeted.get();
      QmpEvents.Cursor cursor = connection.events().fromStart();
      QmpEvent stop = cursor.await("STOP", SOON);
      cursor.await(event -> event.isMigration("completed"), SOON);

      assertThat(stop.timestampMicros()).isEqualTo(1795289084_014023L);
      assertThat(connection.version().numbers()).isEqualTo("10.0.2");
      assertThat(connection.version().distribution()).startsWith("Debian 1:10.0.2");
      assertThat(connection.events().snapshot()).hasSameSizeAs(recorded);
      assertThat(connection.events().snapshot())
          .extracting(QmpEvent::sequence)
          .startsWith(0L, 1L, 2L);
    }
  }

  @Test
  void matchesAnswersByIdWhateverTheirOrder() throws Exception {
    var _ = play(qemu::greet);
    try (QmpConnection connection = QmpConnection.connect(socket, SOON)) {
      Future<JsonNode> first = qemuSide.submit(() -> connection.execute("one", null, SOON));
      String one = qemu.request();
      Future<JsonNode> second = qemuSide.submit(() -> connection.execute("two", null, SOON));
      String two = qemu.request();
      qemu.send("{\"return\": \"of two\", \"id\": " + id(two) + "}");
      qemu.send("{\"return\": \"of one\", \"id\": " + id(one) + "}");

      assertThat(first.get().asText()).isEqualTo("of one");
      assertThat(second.get().asText()).isEqualTo("of two");
    }
  }

  @Test
  void saysWhatQemuRefused() throws Exception {
    var _ =
        play(() -> {
          qemu.greet();
          qemu.send(
              "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": "
                  + id(qemu.request())
                  + "}");
        });
    try (QmpConnection connection = QmpConnection.connect(socket, SOON)) {
      assertThatThrownBy(() -> connection.execute("migrate", null, SOON))
          .isInstanceOfSatisfying(
              QmpException.Refused.class,
              refused -> {
                assertThat(refused.errorClass()).isEqualTo("GenericError");
                assertThat(refused.description()).isEqualTo("no");
                assertThat(refused.command()).isEqualTo("migrate");
              });
    }
  }

  @Test
  void releasesEveryWaiterWhenQemuGoes() throws Exception {
    var _ = play(qemu::greet);
    try (QmpConnection connection = QmpConnection.connect(socket, SOON)) {
      Future<?> command = qemuSide.submit(() -> connection.execute("query-status", null, SOON));
      Future<?> event =
          qemuSide.submit(() -> connection.events().fromStart().await("RESUME", SOON));
      qemu.request();
      long before = System.nanoTime();
      qemu.hangUp();

      assertThatThrownBy(command::get).hasCauseInstanceOf(QmpException.Closed.class);
      assertThatThrownBy(event::get).hasCauseInstanceOf(QmpException.Closed.class);
      assertThat(System.nanoTime() - before).isLessThan(SOON.toNanos() / 2);
      assertThat(connection.events().snapshot().getLast().isClosed()).isTrue();
      assertThat(connection.events().fromStart().next(SOON).name()).isEqualTo(QmpEvent.CLOSED);
      assertThatThrownBy(() -> connection.execute("stop", null, SOON))
          .isInstanceOf(QmpException.Closed.class);
    }
  }

  @Test
  void commandsAndWaitsTimeOut() throws Exception {
    var _ = play(qemu::greet);
    try (QmpConnection connection = QmpConnection.connect(socket, SOON)) {
      assertThatThrownBy(() -> connection.execute("stop", null, AT_ONCE))
          .isInstanceOf(QmpException.TimedOut.class);
      assertThatThrownBy(() -> connection.events().fromNow().await("STOP", AT_ONCE))
          .isInstanceOf(QmpException.TimedOut.class);
    }
  }

  @Test
  void neverWritesMoreThanAFrozenQemuCanHold() throws Exception {
    var _ = play(qemu::greet);
    try (QmpConnection connection = QmpConnection.connect(socket, SOON)) {
      String command = "x".repeat(QmpConnection.UNANSWERED_BYTES / 4);
      for (int i = 0; i < 6; i++) {
        assertThatThrownBy(() -> connection.execute(command, null, Duration.ZERO))
            .isInstanceOf(QmpException.TimedOut.class);
      }
      assertThatThrownBy(() -> connection.execute(command, null, SOON))
          .hasMessageEndingWith("QEMU left too many commands unanswered");
    }
  }

  @Test
  void hangsUpOnAnAnswerNobodyAskedFor() throws Exception {
    var _ = play(() -> qemu.greet("{\"return\": {}, \"id\": 77}"));
    try (QmpConnection connection = QmpConnection.connect(socket, SOON)) {
      QmpEvent end = connection.events().fromStart().await(QmpEvent.CLOSED, SOON);
      assertThat(end.data().path("reason").asText()).isEqualTo("QEMU answered what was not asked");
    }
  }

  @Test
  void hangsUpOnASilentOrStrangePeer() throws Exception {
    var _ = play(qemu::accept);
    assertThatThrownBy(() -> QmpConnection.connect(socket, AT_ONCE))
        .isInstanceOf(QmpException.TimedOut.class);
    var _ =
        play(() -> {
          qemu.accept();
          qemu.send("{\"QMP\": {\"version\": \"none\"}}");
        });
    assertThatThrownBy(() -> QmpConnection.connect(socket, SOON))
        .isInstanceOf(QmpException.Protocol.class);
  }

  @Test
  void hangsUpOnAPeerThatSendsDescriptorsAndKeepsNone() throws Exception {
    UnixSocket.Pair monitor = UnixSocket.pair(UnixSocket.Type.STREAM);
    try (UnixSocket peer = monitor.left();
        UnixSocket.Pair sent = UnixSocket.pair(UnixSocket.Type.STREAM)) {
      var _ =
          play(() -> {
            say(peer, ScriptedQemu.GREETING, List.of());
            peer.receive(4096, Deadline.in(SOON)).close();
            say(peer, "{\"return\": {}, \"id\": 1}", List.of());
          });
      try (QmpConnection connection = QmpConnection.over(monitor.right(), SOON)) {
        say(peer, "{\"event\": \"STOP\"}", List.of(sent.right().fd()));
        sent.right().close();

        QmpEvent end = connection.events().fromStart().await(QmpEvent.CLOSED, SOON);
        assertThat(end.data().path("reason").asText()).contains("more descriptors than allowed");
        assertThat(connection.events().last("STOP")).isEmpty();
        try (Received left = sent.left().receive(1, Deadline.in(SOON))) {
          assertThat(left.isEnd()).as("nobody holds the other end").isTrue();
        }
      }
    }
  }

  @Test
  void reachesASocketBehindALongPath() throws Exception {
    Path deep = directory.resolve("d".repeat(120));
    Files.createDirectory(deep);
    Files.move(socket, deep.resolve("qmp.sock"));
    var _ = play(qemu::greet);
    try (QmpConnection connection = QmpConnection.connect(deep.resolve("qmp.sock"), SOON)) {
      assertThat(connection.version().major()).isEqualTo(10);
    }
  }

  @Test
  void aReaderThatFellBehindIsTold() throws Exception {
    List<String> flood = new ArrayList<>();
    for (int i = 0; i <= QmpEvents.HISTORY; i++) {
      flood.add(
          "{\"event\": \"RTC_CHANGE\", \"timestamp\": {\"seconds\": 1, \"microseconds\": 0}}");
    }
    flood.add("{\"event\": \"STOP\", \"timestamp\": {\"seconds\": 1, \"microseconds\": 0}}");
    Future<?> greeted = play(() -> qemu.greet(flood.toArray(String[]::new)));
    try (QmpConnection connection = QmpConnection.connect(socket, SOON)) {
      QmpEvents.Cursor late = connection.events().fromStart();
      greeted.get();
      qemu.hangUp();
      await().until(() -> connection.events().closed());
      assertThatThrownBy(() -> late.await("STOP", SOON)).isInstanceOf(QmpException.Protocol.class);
      assertThat(connection.events().last("STOP")).isPresent();
      assertThat(connection.events().snapshot()).hasSize(QmpEvents.HISTORY);
    }
  }

  private static void say(UnixSocket peer, String line, List<Fd> descriptors) throws IOException {
    peer.send((line + "\n").getBytes(StandardCharsets.UTF_8), descriptors, Deadline.in(SOON));
  }

  private interface Script {
    void play() throws Exception;
  }

  private Future<?> play(Script script) {
    Callable<Boolean> played =
        () -> {
          script.play();
          return true;
        };
    return qemuSide.submit(played);
  }

  private static String id(String request) {
    return request.replaceAll(".*\"id\":(\\d+).*", "$1");
  }
}
