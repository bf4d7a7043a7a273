package dev.moult.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.linux.testing.HugePageReserve;
import dev.moult.wire.Hello;
import dev.moult.wire.Incoming;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Message;
import dev.moult.wire.Operation;
import dev.moult.wire.Outcome;
import dev.moult.wire.Plan;
import dev.moult.wire.Role;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.Slots;
import dev.moult.wire.WireSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher as a real process, against a broker's end that the test holds. */
class LauncherIT {
  private static final long MEBI = 1 << 20;
  private static final List<String> IDLE = List.of();

  @TempDir Path directory;
  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void cleanUp() throws Exception {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  @Test
  void anchor_parks_descriptors_and_leaves_nothing_else() throws Exception {
    Path boot = Files.createDirectories(directory.resolve("boot/images"));
    Files.writeString(boot.resolve("vmlinuz-6"), "kernel");
    Files.createSymbolicLink(boot.resolve("vmlinuz"), Path.of("/images/vmlinuz-6"));
    UnixListener listener = listen();
    Process launcher = start("anchor");
    WireSocket broker = accept(listener);
    Hello hello = (Hello) next(broker);
    PidFd pid = PidFd.adopt(broker.socket().peerPidFd());
    open.add(pid);

    Fd sent = Memfd.create("sent", 4096, Memfd.Pages.NORMAL);
    open.add(sent);
    broker.send(
        new Plan(
            List.of(
                new Operation.Receive(Slots.TAP),
                new Operation.CreateRam(Slots.RAM, 64 * MEBI, 0),
                new Operation.OpenFile(
                    Slots.KERNEL,
                    directory.resolve("boot").toString(),
                    "images/vmlinuz",
                    Operation.Access.READ)),
            IDLE,
            List.of("LANG=C")),
        List.of(sent),
        soon());
    Outcome.Ok outcome = (Outcome.Ok) next(broker);
    assertThat(broker.receive(soon())).as("the end of the connection: exec happened").isNull();

    assertThat(hello.role()).isEqualTo(Role.ANCHOR);
    Map<Integer, String> descriptors = descriptors(pid);
    assertThat(descriptors.keySet()).containsExactlyInAnyOrder(0, 1, 2, 10, 12, 14);
    assertThat(descriptors.get(Slots.RAM)).startsWith("/memfd:vm-ram");
    assertThat(descriptors.get(Slots.TAP)).startsWith("/memfd:sent");
    assertThat(descriptors.get(Slots.KERNEL)).endsWith("/boot/images/vmlinuz-6");
    assertThat(Files.readSymbolicLink(proc(pid, "exe")).toString()).contains("sleep");
    assertThat(Files.readString(proc(pid, "environ"))).isEqualTo("LANG=C\0");
    assertThat(blockedSignals(pid)).isEqualTo(bit(1) | bit(2) | bit(15));
    try (Fd ram = pid.getFd(Slots.RAM)) {
      SlotFacts seen = SlotFacts.of(Slots.RAM, ram);
      assertThat(outcome.facts()).contains(seen);
      assertThat(seen.size()).isEqualTo(64 * MEBI);
      assertThat(seen.seals() & 7).as("SEAL, SHRINK, GROW").isEqualTo(7);
    }
    assertThat(launcher.isAlive()).isTrue();
  }

  @Test
  void hangs_up_by_exec_alone_whatever_slots_are_filled() throws Exception {
    UnixListener listener = listen();
    start("anchor");
    WireSocket broker = accept(listener);
    next(broker);
    PidFd pid = PidFd.adopt(broker.socket().peerPidFd());
    open.add(pid);
    var operations = new ArrayList<Operation>();
    var memory = new ArrayList<Fd>();
    for (int slot = 3; slot < 3 + 60; slot++) { // the launcher's own connection is among them
      operations.add(new Operation.Receive(slot));
      memory.add(Memfd.create("slot-" + slot, 4096, Memfd.Pages.NORMAL));
    }
    open.addAll(memory);

    broker.send(new Plan(operations, IDLE, List.of()), memory, soon());
    assertThat(next(broker)).isInstanceOf(Outcome.Ok.class);
    assertThat(broker.receive(soon())).isNull();
    String program = Files.readSymbolicLink(proc(pid, "exe")).toString();

    assertThat(program).contains("sleep");
    assertThat(descriptors(pid).get(40)).startsWith("/memfd:slot-40");
  }

  @Test
  void anchor_takes_its_terminal_raw() throws Exception {
    UnixListener listener = listen();
    // script(1) gives the launcher a terminal, as a runtime does for tty: true.
    Process script =
        start(List.of("script", "-qec", String.join(" ", command("anchor")), "/dev/null"));
    WireSocket broker = accept(listener);
    next(broker);
    PidFd pid = PidFd.adopt(broker.socket().peerPidFd());
    open.add(pid);

    broker.send(new Plan(List.of(new Operation.DupTty(Slots.TTY, 0)), IDLE, List.of()), soon());
    Outcome outcome = (Outcome) next(broker);
    assertThat(broker.receive(soon())).isNull();

    assertThat(outcome).isInstanceOf(Outcome.Ok.class);
    assertThat(descriptors(pid).get(Slots.TTY)).startsWith("/dev/pts/");
    try (Fd tty = pid.getFd(Slots.TTY)) {
      assertThat(modes(tty)).contains("-icanon").contains("-echo ").contains("-isig");
    }
    assertThat(script.isAlive()).isTrue();
  }

  @Test
  void vmm_becomes_its_program_with_the_plans_arguments() throws Exception {
    UnixListener listener = listen();
    start("vmm");
    WireSocket broker = accept(listener);
    Hello hello = (Hello) next(broker);
    PidFd pid = PidFd.adopt(broker.socket().peerPidFd());
    open.add(pid);

    broker.send(new Plan(List.of(), List.of("/usr/bin/sleep", "4711"), List.of("A=b c")), soon());
    Message outcome = next(broker);
    assertThat(broker.receive(soon())).isNull();

    assertThat(outcome).isEqualTo(new Outcome.Ok(List.of()));
    boolean answered = hello.probe().transcript().length > 0;
    assertThat(answered ^ hello.probe().failure() != null).isTrue();
    assertThat(Files.readString(proc(pid, "cmdline"))).isEqualTo("/usr/bin/sleep\0" + "4711\0");
    assertThat(children(pid)).as("the probe's child is gone").isEmpty();
  }

  @Test
  void waits_for_a_socket_that_comes_later_and_dials_again_when_the_broker_goes() throws Exception {
    Process launcher = start("anchor");
    UnixListener first = listen();
    WireSocket gone = accept(first);
    assertThat(next(gone)).isInstanceOf(Hello.class);
    gone.close();
    first.close();
    Files.delete(directory.resolve("agent.sock"));

    WireSocket again = accept(listen());

    assertThat(next(again)).isInstanceOf(Hello.class);
    assertThat(launcher.isAlive()).isTrue();
  }

  @Test
  void says_which_file_is_missing_and_exits() throws Exception {
    Files.createSymbolicLink(directory.resolve("vmlinuz"), Path.of("/etc/hostname"));

    Failure failure =
        failureOf(
            new Plan(
                List.of(
                    new Operation.OpenFile(
                        Slots.KERNEL, directory.toString(), "vmlinuz", Operation.Access.READ)),
                IDLE,
                List.of()));

    assertThat(failure.outcome.reason()).isEqualTo(LaunchReason.KERNEL_NOT_FOUND);
    assertThat(failure.outcome.slot()).isEqualTo(Slots.KERNEL);
    assertThat(failure.outcome.errno()).isEqualTo(2);
    assertThat(failure.outcome.message()).contains("vmlinuz").contains("ENOENT");
    assertThat(failure.log).contains(failure.outcome.message());
  }

  @Test
  void refuses_what_is_no_file() throws Exception {
    Failure failure =
        failureOf(
            new Plan(
                List.of(
                    new Operation.OpenFile(
                        Slots.INITRD, directory.toString(), ".", Operation.Access.READ)),
                IDLE,
                List.of()));

    assertThat(failure.outcome.reason()).isEqualTo(LaunchReason.INITRD_NOT_FOUND);
  }

  @Test
  void refuses_more_ram_than_there_is() throws Exception {
    Failure failure =
        failureOf(
            new Plan(List.of(new Operation.CreateRam(Slots.RAM, 1L << 50, 0)), IDLE, List.of()));

    assertThat(failure.outcome.reason()).isEqualTo(LaunchReason.NOT_ENOUGH_MEMORY);
    assertThat(failure.outcome.message()).contains("1125899906842624");
  }

  @Test
  void allocates_ram_of_huge_pages_whole() throws Exception {
    try (HugePageReserve reserve = HugePageReserve.take(16)) {
      long before = HugePageReserve.free();
      UnixListener listener = listen();
      Process launcher = start("anchor");
      WireSocket broker = accept(listener);
      next(broker);
      broker.send(
          new Plan(
              List.of(new Operation.CreateRam(Slots.RAM, 32 * MEBI, 2 * MEBI)), IDLE, List.of()),
          soon());
      Outcome.Ok outcome = (Outcome.Ok) next(broker);
      assertThat(broker.receive(soon())).as("the end of the connection: exec happened").isNull();

      SlotFacts ram = outcome.facts().getFirst();
      assertThat(ram.size()).isEqualTo(32 * MEBI);
      assertThat(ram.hugePageBytes()).isEqualTo(2 * MEBI);
      assertThat(ram.seals() & 7).as("SEAL, SHRINK, GROW").isEqualTo(7);
      assertThat(HugePageReserve.free()).isEqualTo(before - 16);
      assertThat(launcher.isAlive()).isTrue();
      assertThat(launcher.destroyForcibly().waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(HugePageReserve.free()).isEqualTo(before);
    }
  }

  @Test
  void says_how_many_huge_pages_are_free_when_they_are_too_few() throws Exception {
    try (HugePageReserve reserve = HugePageReserve.take(4)) {
      long free = HugePageReserve.free();
      Failure failure =
          failureOf(
              new Plan(
                  List.of(new Operation.CreateRam(Slots.RAM, (free + 1) * 2 * MEBI, 2 * MEBI)),
                  IDLE,
                  List.of()));

      assertThat(failure.outcome.reason()).isEqualTo(LaunchReason.HUGE_PAGES_NOT_AVAILABLE);
      assertThat(failure.outcome.message())
          .contains((free + 1) + " huge pages of 2 MiB", "the node has " + free + " free");
      assertThat(HugePageReserve.free()).isEqualTo(free);
    }
  }

  @Test
  void refuses_huge_pages_of_a_size_that_there_is_not() throws Exception {
    Failure failure =
        failureOf(
            new Plan(
                List.of(new Operation.CreateRam(Slots.RAM, 64 * MEBI, 4 * MEBI)), IDLE, List.of()));

    assertThat(failure.outcome.reason()).isEqualTo(LaunchReason.HUGE_PAGES_NOT_AVAILABLE);
    assertThat(failure.outcome.message()).contains("2 MiB or 1 GiB");
  }

  @Test
  void refuses_an_anchor_without_a_terminal() throws Exception {
    Failure failure =
        failureOf(new Plan(List.of(new Operation.DupTty(Slots.TTY, 0)), IDLE, List.of()));

    assertThat(failure.outcome.reason()).isEqualTo(LaunchReason.NO_TERMINAL);
  }

  @Test
  void refuses_an_operation_by_its_name() throws Exception {
    Failure failure =
        failureOf(new Plan(List.of(new Operation.Unknown("MapDax", 40)), IDLE, List.of()));

    assertThat(failure.outcome.reason()).isEqualTo(LaunchReason.UNKNOWN_OPERATION);
    assertThat(failure.outcome.message()).contains("MapDax");
  }

  @Test
  void refuses_a_plan_whose_descriptors_did_not_come() throws Exception {
    Failure failure =
        failureOf(new Plan(List.of(new Operation.Receive(Slots.TAP)), IDLE, List.of()));

    assertThat(failure.outcome.reason()).isEqualTo(LaunchReason.DESCRIPTORS_DO_NOT_MATCH);
  }

  @Test
  void refuses_a_program_that_is_not_there() throws Exception {
    Failure failure = failureOf(new Plan(List.of(), List.of("/no/such/program"), List.of()));

    assertThat(failure.outcome.reason()).isEqualTo(LaunchReason.EXEC_FAILED);
    assertThat(failure.outcome.message()).contains("/no/such/program");
  }

  @Test
  void tells_its_version_after_a_rehearsal() throws Exception {
    Process launcher = start("--version");

    assertThat(launcher.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(launcher.exitValue()).isZero();
    assertThat(log(launcher)).contains("moult launcher");
  }

  private record Failure(Outcome.Failed outcome, String log) {}

  /** Sends an anchor a plan that fails; the process has exited with 1. */
  private Failure failureOf(Plan plan) throws Exception {
    UnixListener listener = listen();
    Process launcher = start("anchor");
    WireSocket broker = accept(listener);
    next(broker);
    broker.send(plan, soon());
    Outcome.Failed outcome = (Outcome.Failed) next(broker);
    assertThat(launcher.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(launcher.exitValue()).isEqualTo(1);
    return new Failure(outcome, log(launcher));
  }

  private UnixListener listen() throws IOException {
    UnixListener listener =
        UnixListener.bind(
            UnixSocket.Type.SEQPACKET, directory.resolve("agent.sock").toString(), 0666, 4);
    open.add(listener);
    return listener;
  }

  private WireSocket accept(UnixListener listener) throws IOException {
    WireSocket socket = WireSocket.adopt(listener.accept(soon()));
    open.add(socket);
    return socket;
  }

  private static Message next(WireSocket socket) throws IOException {
    try (Incoming incoming = Objects.requireNonNull(socket.receive(soon()))) {
      return incoming.message();
    }
  }

  private static List<String> command(String mode) {
    return List.of(
        System.getProperty("java.home") + "/bin/java",
        "--enable-native-access=ALL-UNNAMED",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        "dev.moult.launcher.Launcher",
        mode);
  }

  private Process start(String mode) throws IOException {
    return start(command(mode));
  }

  private Process start(List<String> command) throws IOException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("MOULT_LAUNCHER_DIR", directory.toString());
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private static String log(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** What is open; not what the program closes while we look, such as a library that it loads. */
  private static Map<Integer, String> descriptors(PidFd pid) throws IOException {
    var all = new TreeMap<Integer, String>();
    try (Stream<Path> entries = Files.list(proc(pid, "fd"))) {
      for (Path entry : entries.toList()) {
        target(entry).ifPresent(t -> all.put(Integer.valueOf(entry.getFileName().toString()), t));
      }
    }
    return all;
  }

  private static Optional<String> target(Path link) throws IOException {
    try {
      return Optional.of(Files.readSymbolicLink(link).toString());
    } catch (NoSuchFileException closed) {
      return Optional.empty();
    }
  }

  private static List<ProcessHandle> children(PidFd pid) throws IOException {
    return ProcessHandle.of(pid.pid()).orElseThrow().children().toList();
  }

  private static long blockedSignals(PidFd pid) throws IOException {
    String line =
        Files.readAllLines(proc(pid, "status")).stream()
            .filter(each -> each.startsWith("SigBlk:"))
            .findFirst()
            .orElseThrow();
    return Long.parseUnsignedLong(line.substring("SigBlk:".length()).trim(), 16);
  }

  private static long bit(int signal) {
    return 1L << (signal - 1);
  }

  private static String modes(Fd tty) throws Exception {
    Process stty =
        new ProcessBuilder(
                "stty",
                "-a",
                "-F",
                "/proc/" + ProcessHandle.current().pid() + "/fd/" + tty.number())
            .redirectErrorStream(true)
            .start();
    String modes = log(stty);
    stty.waitFor();
    return modes;
  }

  private static Path proc(PidFd pid, String name) throws IOException {
    return Path.of("/proc/" + pid.pid(), name);
  }

  private static Deadline soon() {
    return Deadline.in(Duration.ofSeconds(20));
  }
}
