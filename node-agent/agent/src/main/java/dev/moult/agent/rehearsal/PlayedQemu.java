package dev.moult.agent.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Says over its monitor and its cpr channel what a QEMU would say in one handoff, as A and as B. It
 * has no guest.
 */
final class PlayedQemu implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String GREETING =
      "{\"QMP\":{\"version\":{\"qemu\":{\"micro\":3,\"minor\":1,\"major\":11},"
          + "\"package\":\"rehearsal\"},\"capabilities\":[\"oob\"]}}";

  private final Path meetingPlace;
  private final Semaphore states; // sent by an A, not yet taken by its B
  private final UnixListener monitor;
  private final @Nullable UnixListener cpr;
  private final Thread thread;
  private volatile String status;
  private volatile @Nullable UnixSocket client;
  private volatile @Nullable UnixSocket incoming;
  private boolean frozen;

  /**
   * Begins to play.
   *
   * @param monitor its listening socket, owned
   * @param cprSocket where it waits for A's cpr stream; null for the first QEMU of a run
   * @param states shared by all QEMUs of the rehearsal
   */
  PlayedQemu(Fd monitor, Path meetingPlace, @Nullable String cprSocket, Semaphore states)
      throws IOException {
    this.monitor = UnixListener.adopt(monitor);
    this.meetingPlace = meetingPlace;
    this.states = states;
    this.status = cprSocket == null ? "prelaunch" : "inmigrate";
    this.cpr =
        cprSocket == null
            ? null
            : UnixListener.bind(
                UnixSocket.Type.STREAM, meetingPlace.resolve(cprSocket).toString(), 0700, 1);
    this.thread = Thread.ofPlatform().daemon().name("played-qemu").start(this::play);
  }

  private void play() {
    try {
      if (cpr != null) {
        takeDescriptors(cpr);
      }
      try (UnixSocket talking = monitor.accept(Deadline.in(SOON))) {
        client = talking;
        say(GREETING);
        serve(talking);
      }
    } catch (IOException | InterruptedException e) {
      // The play is over: nobody calls any more.
    } finally {
      monitor.close();
    }
  }

  private void takeDescriptors(UnixListener listener) throws IOException {
    UnixSocket sender = listener.accept(Deadline.in(SOON));
    incoming = sender;
    boolean more = true;
    while (more) {
      try (Received piece = sender.receive(4096, UnixSocket.MAX_DESCRIPTORS, Deadline.in(SOON))) {
        more = !piece.isEnd();
      }
    }
  }

  private void serve(UnixSocket talking) throws IOException, InterruptedException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      try (Received bytes = talking.receive(64 * 1024, Deadline.never())) {
        if (bytes.isEnd()) {
          return;
        }
        for (byte each : bytes.data()) {
          if (each == '\n') {
            answer(JSON.readTree(line.toByteArray()));
            line.reset();
          } else {
            line.write(each);
          }
        }
      }
    }
  }

  private void answer(JsonNode request) throws IOException, InterruptedException {
    long id = request.path("id").asLong();
    switch (request.path("execute").asText()) {
      case "query-status" ->
          done(
              id, "{\"status\":\"%s\",\"running\":%b}".formatted(status, status.equals("running")));
      case "query-migrate" -> done(id, "{\"status\":\"completed\"}");
      case "query-memdev" -> done(id, "[{\"id\":\"ram0\",\"share\":true}]");
      case "human-monitor-command" -> {
        String command = request.path("arguments").path("command-line").asText();
        String text = command.equals("info qtree") ? PlayedTree.TEXT : PlayedTree.MEMORY;
        done(id, JSON.writeValueAsString(text));
      }
      case "query-cpus-fast" -> done(id, "[{\"cpu-index\":0,\"qom-path\":\"/machine/cpu\"}]");
      case "qom-get" -> done(id, property(request.path("arguments").path("property").asText()));
      case "cont" -> {
        status = "running";
        event("RESUME", "{}");
        done(id, "{}");
      }
      case "migrate" -> {
        done(id, "{}");
        JsonNode channels = request.path("arguments").path("channels");
        // Beside the monitor, which goes on answering until the relay hangs up.
        var unused =
            Thread.ofPlatform().daemon().name("played-cpr").start(() -> handOver(channels));
      }
      case "migrate-incoming" -> {
        done(id, "{}");
        takeOver();
      }
      default -> done(id, "{}");
    }
  }

  private static String property(String name) {
    return switch (name) {
      case "feature-words", "filtered-features" ->
          "[{\"cpuid-register\":\"EDX\",\"cpuid-input-eax\":1,\"features\":126614525}]";
      default -> "true";
    };
  }

  /** A's side: descriptors to the relay, and at its hang-up the state. */
  private void handOver(JsonNode channels) {
    try {
      sendDescriptors(channels);
      sendState();
    } catch (IOException e) {
      // The play is over.
    }
  }

  private void sendDescriptors(JsonNode channels) throws IOException {
    String path = channels.path(1).path("addr").path("path").asText();
    String name = path.substring(path.lastIndexOf('/') + 1);
    migration("setup");
    try (UnixSocket relay =
            UnixSocket.connect(
                UnixSocket.Type.STREAM, meetingPlace.resolve(name).toString(), Deadline.in(SOON));
        Fd memory = Memfd.create("pc.bios", 4096, Memfd.Pages.NORMAL)) {
      relay.send(entry("pc.bios"), List.of(memory), Deadline.in(SOON));
      relay.send(new byte[] {0}, Deadline.in(SOON));
      relay.shutdown(UnixSocket.Half.WRITE);
      try (Received hangUp = relay.receive(16, Deadline.in(SOON))) {
        if (!hangUp.isEnd()) {
          throw new IOException("the relay does not talk to A");
        }
      }
    }
  }

  private void sendState() throws IOException {
    event("STOP", "{}");
    migration("active");
    migration("device");
    status = "postmigrate";
    states.release();
    migration("completed");
  }

  /** B's side: hangs up on the relay, waits for the state. */
  private void takeOver() throws IOException, InterruptedException {
    UnixSocket relay = incoming;
    if (relay != null) {
      relay.close();
    }
    if (!states.tryAcquire(SOON.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IOException("no state came");
    }
    migration("active");
    status = "paused";
    migration("completed");
  }

  private static byte[] entry(String name) {
    byte[] text = name.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(8 + 5 + text.length + 1 + 5)
        .put("QCPR".getBytes(StandardCharsets.US_ASCII))
        .putInt(1)
        .put((byte) 1)
        .putInt(text.length + 1)
        .put(text)
        .put((byte) 0)
        .putInt(0)
        .put((byte) 0x20)
        .array();
  }

  private void migration(String now) throws IOException {
    event("MIGRATION", "{\"status\":\"" + now + "\"}");
  }

  private void event(String name, String data) throws IOException {
    Instant now = Instant.now();
    long micros = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    say(
        String.format(
            Locale.ROOT,
            "{\"timestamp\":{\"seconds\":%d,\"microseconds\":%d},\"event\":\"%s\",\"data\":%s}",
            micros / 1_000_000,
            micros % 1_000_000,
            name,
            data));
  }

  private void done(long id, String value) throws IOException {
    say("{\"return\":" + value + ",\"id\":" + id + "}");
  }

  private synchronized void say(String line) throws IOException {
    while (frozen) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    UnixSocket talking = client;
    if (talking != null) {
      talking.send((line + "\r\n").getBytes(StandardCharsets.UTF_8), Deadline.in(SOON));
    }
  }

  /** By SIGSTOP, or SIGCONT: a frozen one says nothing. */
  synchronized void freeze(boolean on) {
    frozen = on;
    notifyAll();
  }

  /** Dies, as by SIGKILL. */
  @Override
  public void close() {
    freeze(false);
    UnixSocket talking = client;
    try {
      if (talking != null && talking.fd().isOpen()) {
        talking.shutdown(UnixSocket.Half.BOTH);
      }
      thread.join(SOON);
    } catch (IOException | IllegalStateException e) {
      // It has ended by itself meanwhile.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (cpr != null) {
      cpr.close();
    }
  }
}
