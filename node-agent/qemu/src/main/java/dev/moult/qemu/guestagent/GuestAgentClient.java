package dev.moult.qemu.guestagent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The commands that Moult uses, typed, over one {@link GuestAgentConnection}. */
public final class GuestAgentClient implements AutoCloseable {
  private static final String SHUTDOWN = "guest-shutdown";
  private static final String SET_TIME = "guest-set-time";
  private static final String EXEC = "guest-exec";
  private static final String FREEZE = "guest-fsfreeze-";

  private final GuestAgentConnection connection;

  private GuestAgentClient(GuestAgentConnection connection) {
    this.connection = connection;
  }

  /** Connects; nothing is said yet. */
  public static GuestAgentClient connect(Path socket) throws IOException {
    return new GuestAgentClient(GuestAgentConnection.connect(socket));
  }

  static GuestAgentClient connect(Path socket, Duration answer) throws IOException {
    return new GuestAgentClient(GuestAgentConnection.connect(socket, answer));
  }

  /** Over a connection that is there already. */
  static GuestAgentClient over(GuestAgentConnection connection) {
    return new GuestAgentClient(connection);
  }

  /** {@code guest-sync-delimited}: to be done first, and again after what was not answered. */
  public void synchronise() throws IOException {
    connection.synchronise();
  }

  /** The same, within another time. */
  public void synchronise(Duration most) throws IOException {
    connection.synchronise(most);
  }

  /** {@code guest-ping}. */
  public void ping() throws IOException {
    var _ = connection.execute("guest-ping", null);
  }

  /** The same, answered within another time. */
  public void ping(Duration most) throws IOException {
    var _ = connection.execute("guest-ping", null, most);
  }

  /**
   * {@code guest-exec}: begins a command, without input and whatever it prints.
   *
   * @param command a program, which the agent looks for in its path, and its arguments
   * @return its process in the guest, as the agent says
   */
  public long exec(List<String> command, Duration most) throws IOException {
    ObjectNode arguments = JsonNodeFactory.instance.objectNode().put("path", command.getFirst());
    ArrayNode rest = arguments.putArray("arg");
    command.stream().skip(1).forEach(rest::add);
    arguments.put("capture-output", false);
    return GuestAnswers.process(connection.execute(EXEC, arguments, most));
  }

  /**
   * {@code guest-exec-status}: the exit code of a command, empty while it runs. The agent forgets
   * one of which it has told the end.
   *
   * @throws GuestAgentException.Refused when it knows no such command
   */
  public OptionalInt exitCode(long process, Duration most) throws IOException {
    return GuestAnswers.exitCode(
        connection.execute(
            EXEC + "-status", JsonNodeFactory.instance.objectNode().put("pid", process), most));
  }

  /**
   * Asks all that there is to know. What the agent refuses (it may be told to) is left out; so are
   * the file systems of a guest that has more of them than an answer holds, after which this is out
   * of step.
   *
   * @throws GuestAgentException when it does not answer at all, or not as a guest agent does
   */
  public GuestFacts look() throws IOException {
    String version = GuestAnswers.version(connection.execute("guest-info", null));
    GuestFacts.Os os = ask("guest-get-osinfo", GuestAnswers::os);
    String hostname = ask("guest-get-host-name", GuestAnswers::hostname);
    List<GuestFacts.Interface> interfaces =
        ask("guest-network-get-interfaces", GuestAnswers::interfaces);
    List<GuestFacts.FileSystem> fileSystems;
    try {
      fileSystems = ask("guest-get-fsinfo", GuestAnswers::fileSystems);
    } catch (GuestAgentException.Protocol e) {
      fileSystems = List.of();
    }
    return new GuestFacts(
        version,
        os,
        hostname,
        interfaces == null ? List.of() : interfaces,
        fileSystems == null ? List.of() : fileSystems);
  }

  private <T> @Nullable T ask(String command, Function<JsonNode, @Nullable T> reader)
      throws IOException {
    try {
      return reader.apply(connection.execute(command, null));
    } catch (GuestAgentException.Refused e) {
      return null;
    }
  }

  /**
   * {@code guest-shutdown}: powers the guest down.
   *
   * @throws GuestAgentException.Refused when the agent will not; its silence is its consent
   */
  public void shutdown() throws IOException {
    try {
      var _ =
          connection.execute(
              SHUTDOWN, JsonNodeFactory.instance.objectNode().put("mode", "powerdown"));
    } catch (GuestAgentException.Silent | GuestAgentException.Closed e) {
      // It answers nothing on success.
    }
  }

  /**
   * {@code guest-set-time} from the machine's clock, which went on while the guest stood still; a
   * guest without {@code hwclock} is told the time instead.
   *
   * @param now what time it is
   */
  public void setTime(java.util.function.Supplier<Instant> now) throws IOException {
    try {
      var _ = connection.execute(SET_TIME, null);
    } catch (GuestAgentException.Refused e) {
      long nanos = ChronoUnit.NANOS.between(Instant.EPOCH, now.get());
      try {
        var _ =
            connection.execute(SET_TIME, JsonNodeFactory.instance.objectNode().put("time", nanos));
      } catch (GuestAgentException.Refused again) {
        // The time is set first; that the machine's clock cannot be set from it does not matter.
      }
    }
  }

  /**
   * {@code guest-fsfreeze-freeze}: freezes the file systems that can be. Until {@link #thaw} the
   * agent refuses all that this does not need.
   *
   * @return how many
   * @throws GuestAgentException.Refused when it will not, or one of them could not be
   */
  public int freeze(Duration most) throws IOException {
    return GuestAnswers.count(connection.execute(FREEZE + "freeze", null, most));
  }

  /**
   * {@code guest-fsfreeze-thaw}: all of them, whoever froze them.
   *
   * @return how many; 0 when none was frozen
   */
  public int thaw(Duration most) throws IOException {
    return GuestAnswers.count(connection.execute(FREEZE + "thaw", null, most));
  }

  /** {@code guest-fsfreeze-status}: whether this agent has frozen file systems. */
  public boolean isFrozen() throws IOException {
    return GuestAnswers.frozen(connection.execute(FREEZE + "status", null));
  }

  /** Ends the wait of the thread that uses this; it closes it then. */
  public void hangUp() {
    connection.hangUp();
  }

  @Override
  public void close() {
    connection.close();
  }
}
