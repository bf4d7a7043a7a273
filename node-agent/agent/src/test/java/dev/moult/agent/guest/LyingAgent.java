package dev.moult.agent.guest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moult.linux.Deadline;
import dev.moult.linux.LinuxException;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** QEMU's end of the channel, with a guest behind it whose agent says what a test likes. */
public final class LyingAgent implements AutoCloseable {
  /** What qemu-ga sends before its answer to guest-sync-delimited; in ISO 8859-1. */
  static final char MARK = 0xFF;

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration LOOK_UP = Duration.ofMillis(100);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory MADE = JsonNodeFactory.instance;

  private final UnixListener listener;
  private final Thread thread;
  private final Semaphore begun = new Semaphore(0);
  private final AtomicInteger callers = new AtomicInteger();
  private final AtomicLong said = new AtomicLong();
  private volatile Lie lie;
  private volatile @Nullable UnixSocket peer;
  private volatile boolean over;

  /** What is said to one caller; when it returns, the caller is hung up on. */
  public interface Lie {
    /** Says it, until there is no command any more. */
    void tell(Caller caller) throws IOException;
  }

  /** At that socket, which this owns from now on. */
  public LyingAgent(UnixListener listener, Lie lie) {
    this.listener = listener;
    this.lie = lie;
    this.thread = Thread.ofPlatform().daemon().name("lying-agent").start(this::serve);
  }

  /** From the next command on this is told, also to who has called already. */
  void lie(Lie another) {
    lie = another;
  }

  /** Waits for the next caller. */
  void awaitCaller() throws InterruptedException {
    if (!begun.tryAcquire(SOON.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("nobody calls");
    }
  }

  /** How many have called. */
  int callers() {
    return callers.get();
  }

  /** Bytes that were taken from it; what stands in the socket's buffer is among them. */
  long said() {
    return said.get();
  }

  private void serve() {
    while (!over) {
      try (UnixSocket caller = listener.accept(Deadline.in(LOOK_UP))) {
        peer = caller;
        callers.incrementAndGet();
        begun.release();
        talk(new Caller(caller));
      } catch (IOException | IllegalStateException e) {
        // It has hung up, or nobody called lately.
      }
    }
  }

  private void talk(Caller caller) throws IOException {
    do {
      caller.told = lie;
      caller.told.tell(caller);
    } while (caller.isToldAnother());
  }

  /** Who asks, as an agent sees it. */
  public final class Caller {
    private final UnixSocket socket;
    private Lie told = lie;
    private @Nullable JsonNode kept;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private byte[] heard = new byte[0];
    private int at;

    private Caller(UnixSocket socket) {
      this.socket = socket;
    }

    /** Its next command; null when it has hung up, or is to be told another lie. */
    @Nullable JsonNode command() throws IOException {
      JsonNode command = kept == null ? read() : kept;
      kept = isToldAnother() ? command : null;
      return kept == null ? command : null;
    }

    private boolean isToldAnother() {
      return told != lie;
    }

    private @Nullable JsonNode read() throws IOException {
      while (true) {
        for (; at < heard.length; at++) {
          if ((heard[at] & 0xFF) == MARK) {
            line.reset();
          } else if (heard[at] != '\n') {
            line.write(heard[at]);
          } else {
            at++;
            byte[] command = line.toByteArray();
            line.reset();
            return JSON.readTree(command);
          }
        }
        try (Received received = socket.receive(4096, Deadline.never())) {
          if (received.isEnd()) {
            return null;
          }
          heard = received.data();
          at = 0;
        }
      }
    }

    void say(String text) throws IOException {
      say(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The bytes, each a char below 256. */
    void sayBytes(String bytes) throws IOException {
      say(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void say(byte[] bytes) throws IOException {
      socket.send(bytes, Deadline.in(SOON));
      said.addAndGet(bytes.length);
    }

    /** Says it over and over, as fast as it is taken, for at most that time. */
    void flood(String text, Duration most) throws IOException {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      Deadline end = Deadline.in(most);
      while (!end.isPassed() && !isToldAnother()) {
        try {
          socket.send(bytes, Deadline.in(LOOK_UP));
          said.addAndGet(bytes.length);
        } catch (LinuxException e) {
          if (!e.isTimeout()) {
            throw e;
          }
        }
      }
    }

    /** Says nothing. */
    void listen() throws IOException {
      boolean more = true;
      while (more) {
        more = command() != null;
      }
    }

    /** Answers the next command, which is to get in step, as an agent does. */
    void getInStep() throws IOException {
      JsonNode command = command();
      if (command != null) {
        sayBytes(synced(id(command)));
      }
    }
  }

  /** The number that it is to say, to get in step. */
  static long id(JsonNode command) {
    return command.path("arguments").path("id").asLong();
  }

  /** What says that it is in step, in ISO 8859-1. */
  static String synced(long id) {
    return MARK + returned(MADE.numberNode(id));
  }

  private static String returned(JsonNode value) {
    return MADE.objectNode().set("return", value) + "\n";
  }

  /**
   * In step, and with an answer to each other command.
   *
   * @param answers by the command's name
   */
  static Lie answering(Function<String, String> answers) {
    return caller -> {
      JsonNode command = caller.command();
      while (command != null) {
        String name = command.path("execute").asText();
        if (name.equals("guest-sync-delimited")) {
          caller.sayBytes(synced(id(command)));
        } else {
          caller.say(answers.apply(name));
        }
        command = caller.command();
      }
    };
  }

  /** The truth but for one command's answer. */
  static Lie lyingAt(String command, String answer) {
    return answering(name -> name.equals(command) ? answer : honest(name));
  }

  /** An ordinary agent. */
  static Lie honest() {
    return answering(LyingAgent::honest);
  }

  /** What an ordinary agent answers. */
  static String honest(String command) {
    return returned(
        switch (command) {
          case "guest-info" -> MADE.objectNode().put("version", "10.0.2");
          case "guest-get-host-name" -> MADE.objectNode().put("host-name", "shop");
          case "guest-network-get-interfaces", "guest-get-fsinfo" -> MADE.arrayNode();
          default -> MADE.objectNode();
        });
  }

  /** As much, as long and as odd as can be said within a line. */
  public static Lie exaggerating() {
    return answering(command ->
        returned(
            switch (command) {
              case "guest-info" ->
                  MADE.objectNode().put("version", "\u001b]0;owned\u0007" + "9".repeat(1_000));
              case "guest-get-osinfo" -> system();
              case "guest-get-host-name" -> MADE.objectNode().put("host-name", "h".repeat(60_000));
              case "guest-network-get-interfaces" -> interfaces();
              case "guest-get-fsinfo" -> fileSystems();
              default -> MADE.objectNode();
            }));
  }

  private static ObjectNode system() {
    ObjectNode system =
        MADE.objectNode()
            .put("id", "\u202eevil\u0000")
            .put("name", "\uD83D\uDE00".repeat(2_000))
            .put("pretty-name", "\u6F22".repeat(5_000))
            .put("version", "\n\r\t")
            .put("kernel-release", 12_345);
    system.putObject("machine").put("x", 1);
    return system;
  }

  private static ArrayNode interfaces() {
    ArrayNode all = MADE.arrayNode();
    for (int i = 0; i < 2_500; i++) {
      all.addObject().put("name", "e%04d".formatted(i));
    }
    ObjectNode red = all.addObject().put("name", "\u001b[31m" + "A".repeat(1_000));
    red.put("hardware-address", "x".repeat(1_000));
    ArrayNode addresses = red.putArray("ip-addresses");
    for (int i = 0; i < 200; i++) {
      addresses.addObject().put("ip-address", "10.0.0.%d".formatted(i)).put("prefix", -1);
    }
    addresses.add(7).addNull();
    all.addNull();
    all.add(9);
    return all;
  }

  private static ArrayNode fileSystems() {
    ArrayNode all = MADE.arrayNode();
    for (int i = 0; i < 2_000; i++) {
      all.addObject().put("mountpoint", "/%04d".formatted(i));
    }
    // "!" sorts before "/".
    all.addObject().put("mountpoint", "!a").put("total-bytes", -1);
    all.addObject().put("mountpoint", "!b").put("total-bytes", BigInteger.TWO.pow(64));
    all.addObject().put("mountpoint", "!c").put("total-bytes", Long.MAX_VALUE);
    all.addObject().put("mountpoint", "!d").put("total-bytes", 1e300);
    all.addObject().put("mountpoint", "!e").put("total-bytes", "12");
    all.addObject().put("mountpoint", "!f" + "\u6F22".repeat(2_000)).put("type", "t".repeat(1_000));
    all.addObject().put("mountpoint", "").put("type", "");
    return all;
  }

  @Override
  public void close() throws InterruptedException {
    over = true;
    UnixSocket talking = peer;
    try {
      if (talking != null) {
        talking.shutdown(UnixSocket.Half.BOTH);
      }
    } catch (LinuxException | IllegalStateException e) {
      // It has hung up by itself.
    }
    thread.join(SOON);
    listener.close();
  }
}
