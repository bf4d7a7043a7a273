package dev.moult.qemu.qmp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moult.linux.Fd;
import dev.moult.qemu.QemuVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The commands Moult uses, typed, over one {@link QmpConnection}. Each waits at most the client's
 * command timeout and throws {@link QmpException} as {@link QmpConnection#execute} does.
 *
 * <p>Left out on purpose: {@code x-query-virtio-status}, which aborts QEMU 11.1.3.
 */
public final class QmpClient implements AutoCloseable {

  /** Begins the mark of a descriptor that {@link #changeTerminal} gave to QEMU. */
  private static final String TERMINAL = "terminal ";

  /** A viewer's descriptor on its way; one that was left on the way is replaced by the next. */
  private static final String VIEWER = "viewer";

  /** RAM that is shared and has a name is not sent. */
  private static final String IGNORE_SHARED = "x-ignore-shared";

  private final QmpConnection connection;
  private final Duration timeout;

  /** Wraps a connection, which this client owns from now on; each command waits at most timeout. */
  public QmpClient(QmpConnection connection, Duration timeout) {
    this.connection = connection;
    this.timeout = timeout;
  }

  /** Connects to a listening QMP socket; see {@link QmpConnection#connect}. */
  public static QmpClient connect(Path socket, Duration timeout)
      throws IOException, InterruptedException {
    return new QmpClient(QmpConnection.connect(socket, timeout), timeout);
  }

  /** The connection, for commands that have no method here. */
  public QmpConnection connection() {
    return connection;
  }

  /** The events since the greeting. */
  public QmpEvents events() {
    return connection.events();
  }

  /** The version QEMU greeted with: {@code query-version} without asking again. */
  public QemuVersion version() {
    return connection.version();
  }

  /** {@code query-status}. */
  public RunState queryStatus() throws QmpException, InterruptedException {
    return queryStatus(timeout);
  }

  /** The same with a timeout of its own, for when the guest stands still. */
  public RunState queryStatus(Duration most) throws QmpException, InterruptedException {
    JsonNode answer = connection.execute("query-status", null, most);
    return new RunState(answer.path("status").asText(""), answer.path("running").asBoolean(false));
  }

  /** {@code stop}: halts the guest's CPUs. */
  public void stop() throws QmpException, InterruptedException {
    run("stop", null);
  }

  /** {@code cont}: lets the guest run. Never on A after B ran: A's CPU state is older than RAM. */
  public void cont() throws QmpException, InterruptedException {
    run("cont", null);
  }

  /** {@code quit}: QEMU answers, then exits. A suspect QEMU is killed, not asked. */
  public void quit() throws QmpException, InterruptedException {
    run("quit", null);
  }

  /** {@code system_powerdown}: presses the ACPI power button. */
  public void systemPowerdown() throws QmpException, InterruptedException {
    run("system_powerdown", null);
  }

  /** {@code system_reset}: presses the reset button. */
  public void systemReset() throws QmpException, InterruptedException {
    run("system_reset", null);
  }

  /**
   * {@code migrate-set-capabilities}: switches the named capabilities on, and others off.
   *
   * @param on to be switched on
   * @param off to be switched off, whatever was before
   */
  private void setMigrationCapabilities(List<String> on, List<String> off)
      throws QmpException, InterruptedException {
    ObjectNode arguments = JsonNodeFactory.instance.objectNode();
    ArrayNode capabilities = arguments.putArray("capabilities");
    on.forEach(name -> capabilities.addObject().put("capability", name).put("state", true));
    off.forEach(name -> capabilities.addObject().put("capability", name).put("state", false));
    run("migrate-set-capabilities", arguments);
  }

  /**
   * The two capabilities every handoff needs on A and on B: {@code events}, and {@code
   * return-path}, without which A says {@code completed} although B failed. That of a suspend is
   * off: A and B must agree.
   */
  public void enableHandoffCapabilities() throws QmpException, InterruptedException {
    setMigrationCapabilities(List.of("events", "return-path"), List.of(IGNORE_SHARED));
  }

  /**
   * What a suspend needs, on both sides: {@code x-ignore-shared}, or all RAM is saved without a
   * word; {@code return-path} off, or the save fails and the file looks whole; mode {@code
   * cpr-reboot}.
   */
  public void enableSuspendCapabilities() throws QmpException, InterruptedException {
    setMigrationCapabilities(List.of("events", IGNORE_SHARED), List.of("return-path"));
    setMigrationMode("cpr-reboot");
  }

  /** Nothing of a suspend is left for what comes after it. */
  public void disableSuspendCapabilities() throws QmpException, InterruptedException {
    setMigrationCapabilities(List.of(), List.of(IGNORE_SHARED));
    setMigrationMode("normal");
  }

  /**
   * {@code add-fd}: gives QEMU a copy of a descriptor.
   *
   * @param descriptor borrowed
   * @return the number of its fd set
   */
  public int addFd(Fd descriptor) throws QmpException, InterruptedException {
    return connection
        .execute("add-fd", JsonNodeFactory.instance.objectNode(), List.of(descriptor), timeout)
        .path("fdset-id")
        .asInt();
  }

  /** {@code remove-fd}: QEMU closes the set's descriptors as soon as it does not use them. */
  public void removeFd(int set) throws QmpException, InterruptedException {
    run("remove-fd", JsonNodeFactory.instance.objectNode().put("fdset-id", set));
  }

  /** {@code migrate} into the file of an fd set, behind that many bytes. */
  public void migrateToFile(int set, int offset) throws QmpException, InterruptedException {
    run("migrate", JsonNodeFactory.instance.objectNode().put("uri", file(set, offset)));
  }

  /** {@code migrate-incoming} from it. A QEMU that fails says so and stays, for its word. */
  public void migrateFromFile(int set, int offset) throws QmpException, InterruptedException {
    run(
        "migrate-incoming",
        JsonNodeFactory.instance
            .objectNode()
            .put("uri", file(set, offset))
            .put("exit-on-error", false));
  }

  private static String file(int set, int offset) {
    return "file:/dev/fdset/" + set + ",offset=" + offset;
  }

  /** {@code migrate-set-parameters mode=…}, such as {@code cpr-transfer}. */
  public void setMigrationMode(String mode) throws QmpException, InterruptedException {
    run("migrate-set-parameters", JsonNodeFactory.instance.objectNode().put("mode", mode));
  }

  /**
   * {@code migrate} with both channels. Both are demanded here because a cpr channel without a main
   * one kills a running QEMU (SIGSEGV).
   */
  public void migrate(MigrationChannel main, MigrationChannel cpr)
      throws QmpException, InterruptedException {
    if (main.kind() != MigrationChannel.Kind.MAIN || cpr.kind() != MigrationChannel.Kind.CPR) {
      throw new IllegalArgumentException("migrate wants one main and one cpr channel");
    }
    ObjectNode arguments = JsonNodeFactory.instance.objectNode();
    arguments.putArray("channels").add(main.toJson()).add(cpr.toJson());
    run("migrate", arguments);
  }

  /** {@code migrate-incoming} on the unix socket at that path: B binds it, then closes cpr. */
  public void migrateIncoming(String path) throws QmpException, InterruptedException {
    migrateIncoming(path, timeout);
  }

  /** The same with a timeout of its own: A may stop before B has answered. */
  public void migrateIncoming(String path, Duration most)
      throws QmpException, InterruptedException {
    var _ =
        connection.execute(
            "migrate-incoming",
            JsonNodeFactory.instance.objectNode().put("uri", "unix:" + path),
            most);
  }

  /**
   * {@code migrate_cancel}. Only safe while A is in {@code setup}: with the state buffered and B
   * frozen it lets both run; kill B and prove it first.
   */
  public void migrateCancel() throws QmpException, InterruptedException {
    run("migrate_cancel", null);
  }

  /**
   * Gives a serial port another terminal under the running guest, unless it has that one already:
   * {@code add-fd} and {@code chardev-change}. QEMU keeps the mark with the descriptor.
   *
   * @param id the character device's
   * @param terminal borrowed
   * @param mark tells this terminal from any other
   */
  public void changeTerminal(String id, Fd terminal, String mark)
      throws QmpException, InterruptedException {
    List<Integer> outdated = new ArrayList<>();
    for (JsonNode set : execute("query-fdsets", null)) {
      String marked = set.path("fds").path(0).path("opaque").asText();
      if (marked.equals(TERMINAL + mark)) {
        return;
      }
      if (marked.startsWith(TERMINAL)) {
        outdated.add(set.path("fdset-id").asInt());
      }
    }
    ObjectNode named = JsonNodeFactory.instance.objectNode().put("opaque", TERMINAL + mark);
    int set =
        connection.execute("add-fd", named, List.of(terminal), timeout).path("fdset-id").asInt();
    ObjectNode change = JsonNodeFactory.instance.objectNode().put("id", id);
    change
        .putObject("backend")
        .put("type", "serial")
        .putObject("data")
        .put("device", "/dev/fdset/" + set);
    try {
      run("chardev-change", change);
    } catch (QmpException.Refused e) {
      outdated.add(set);
      throw e;
    } finally {
      for (int one : outdated) {
        removeFd(one);
      }
    }
  }

  /** {@code query-migrate}. */
  public MigrationState queryMigrate() throws QmpException, InterruptedException {
    JsonNode answer = execute("query-migrate", null);
    List<String> blocked = new ArrayList<>();
    answer.path("blocked-reasons").forEach(reason -> blocked.add(reason.asText()));
    return new MigrationState(
        answer.path("status").asText("none"), answer.path("error-desc").asText(""), blocked);
  }

  /** {@code human-monitor-command}: the monitor's text for people. */
  public String humanMonitorCommand(String commandLine) throws QmpException, InterruptedException {
    return execute(
            "human-monitor-command",
            JsonNodeFactory.instance.objectNode().put("command-line", commandLine))
        .asText("");
  }

  /** {@code info qtree}: every device and property; see {@code dev.moult.qemu.qtree}. */
  public String infoQtree() throws QmpException, InterruptedException {
    return humanMonitorCommand("info qtree");
  }

  /**
   * {@code query-cpu-model-expansion}.
   *
   * @param type {@code static} or {@code full}
   * @param model the CPU model's name
   * @param properties the model's properties, or null
   * @return the {@code model} object: {@code name} and {@code props}
   */
  public JsonNode expandCpuModel(String type, String model, @Nullable ObjectNode properties)
      throws QmpException, InterruptedException {
    ObjectNode arguments = JsonNodeFactory.instance.objectNode().put("type", type);
    ObjectNode asked = arguments.putObject("model").put("name", model);
    if (properties != null) {
      asked.set("props", properties);
    }
    return execute("query-cpu-model-expansion", arguments).path("model");
  }

  /** {@code query-vnc-servers}: how many look at the screen, or are about to. */
  public int viewers() throws QmpException, InterruptedException {
    int viewers = 0;
    for (JsonNode server : execute("query-vnc-servers", null)) {
      viewers += server.path("clients").size();
    }
    return viewers;
  }

  /**
   * Gives somebody the screen, keyboard and mouse: {@code getfd} and {@code add_client}.
   *
   * @param viewer a connected stream socket whose other end speaks VNC; borrowed, QEMU gets a copy
   */
  public void addViewer(Fd viewer) throws QmpException, InterruptedException {
    ObjectNode named = JsonNodeFactory.instance.objectNode().put("fdname", VIEWER);
    var _ = connection.execute("getfd", named, List.of(viewer), timeout);
    run("add_client", named.deepCopy().put("protocol", "vnc"));
  }

  /** {@code query-chardev}: whether the guest has its end of that character device open. */
  public boolean isFrontendOpen(String chardev) throws QmpException, InterruptedException {
    for (JsonNode each : execute("query-chardev", null)) {
      if (each.path("label").asText().equals(chardev)) {
        return each.path("frontend-open").asBoolean(false);
      }
    }
    return false;
  }

  /** {@code query-memdev}: the memory backends. */
  public JsonNode queryMemdev() throws QmpException, InterruptedException {
    return execute("query-memdev", null);
  }

  /** {@code query-named-block-nodes}, without what each has beneath it. */
  public JsonNode namedBlockNodes() throws QmpException, InterruptedException {
    return execute(
        "query-named-block-nodes", JsonNodeFactory.instance.objectNode().put("flat", true));
  }

  /** {@code info ramblock}: every memory block; see {@link dev.moult.qemu.machine.RamBlocks}. */
  public String infoRamblock() throws QmpException, InterruptedException {
    return humanMonitorCommand("info ramblock");
  }

  /** {@code query-uuid}: the guest's identity. */
  public UUID queryUuid() throws QmpException, InterruptedException {
    return UUID.fromString(execute("query-uuid", null).path("UUID").asText());
  }

  /** {@code query-cpus-fast}: the vCPUs with their QOM paths and thread ids. */
  public JsonNode queryCpus() throws QmpException, InterruptedException {
    return execute("query-cpus-fast", null);
  }

  /** {@code qom-get}: one property of one object. */
  public JsonNode qomGet(String path, String property) throws QmpException, InterruptedException {
    return execute(
        "qom-get",
        JsonNodeFactory.instance.objectNode().put("path", path).put("property", property));
  }

  /** {@code qom-list}: an object's properties with their types. */
  public JsonNode qomList(String path) throws QmpException, InterruptedException {
    return execute("qom-list", JsonNodeFactory.instance.objectNode().put("path", path));
  }

  /** Any other command, with this client's timeout; see {@link QmpConnection#execute}. */
  public JsonNode execute(String command, @Nullable ObjectNode arguments)
      throws QmpException, InterruptedException {
    return connection.execute(command, arguments, timeout);
  }

  /** Hangs up; QEMU goes on. */
  @Override
  public void close() {
    connection.close();
  }

  private void run(String command, @Nullable ObjectNode arguments)
      throws QmpException, InterruptedException {
    var _ = execute(command, arguments);
  }
}
