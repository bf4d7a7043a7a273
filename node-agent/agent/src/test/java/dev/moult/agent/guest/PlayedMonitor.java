package dev.moult.agent.guest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.linux.Deadline;
import dev.moult.linux.LinuxException;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.qemu.machine.CommandLine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The monitor of a QEMU whose guest runs and has its agent's port open. */
final class PlayedMonitor implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String GREETING =
      "{\"QMP\":{\"version\":{\"qemu\":{\"micro\":2,\"minor\":0,\"major\":10},"
          + "\"package\":\"\"},\"capabilities\":[\"oob\"]}}";

  private final UnixListener listener;
  private final Thread thread;
  private volatile @Nullable UnixSocket client;

  /** At that socket, which this owns from now on; for one caller. */
  PlayedMonitor(UnixListener listener) {
    this.listener = listener;
    this.thread = Thread.ofPlatform().daemon().name("played-monitor").start(this::serve);
  }

  /** The guest opens or closes its end of the agent's channel. */
  void port(boolean open) throws IOException {
    event(
        "VSERPORT_CHANGE",
        "{\"id\":\"%s\",\"open\":%b}".formatted(CommandLine.GUEST_AGENT_PORT, open));
  }

  /** The guest's watchdog fires, and does nothing. */
  void watchdog() throws IOException {
    event("WATCHDOG", "{\"action\":\"none\"}");
  }

  private void serve() {
    try (UnixSocket talking = listener.accept(Deadline.in(SOON))) {
      client = talking;
      say(GREETING);
      var line = new ByteArrayOutputStream();
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
    } catch (IOException e) {
      // The agent has hung up: the test is over.
    }
  }

  private void answer(JsonNode command) throws IOException {
    String answer =
        switch (command.path("execute").asText()) {
          case "query-status" -> "{\"status\":\"running\",\"running\":true}";
          case "query-chardev" ->
              "[{\"label\":\"%s\",\"frontend-open\":true}]".formatted(CommandLine.GUEST_AGENT);
          case "query-memdev", "qom-list" -> "[]";
          case "qom-get" -> "true";
          case "system_reset" -> {
            event("RESET", "{\"guest\":false,\"reason\":\"host-qmp-system-reset\"}");
            yield "{}";
          }
          default -> "{}";
        };
    say("{\"return\":%s,\"id\":%d}".formatted(answer, command.path("id").asLong()));
  }

  private void event(String name, String data) throws IOException {
    say(
        "{\"timestamp\":{\"seconds\":%d,\"microseconds\":0},\"event\":\"%s\",\"data\":%s}"
            .formatted(System.currentTimeMillis() / 1_000, name, data));
  }

  private synchronized void say(String line) throws IOException {
    UnixSocket talking = client;
    if (talking != null) {
      talking.send((line + "\r\n").getBytes(StandardCharsets.UTF_8), Deadline.in(SOON));
    }
  }

  @Override
  public void close() throws InterruptedException {
    UnixSocket talking = client;
    try {
      if (talking != null) {
        talking.shutdown(UnixSocket.Half.BOTH);
      }
    } catch (LinuxException | IllegalStateException e) {
      // The agent has hung up already.
    }
    thread.join(SOON);
    listener.close();
  }
}
