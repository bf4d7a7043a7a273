package dev.moult.launcher;

import dev.moult.linux.Deadline;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.process.ProcessImage;
import dev.moult.linux.process.Signal;
import dev.moult.wire.Hello;
import dev.moult.wire.Incoming;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Message;
import dev.moult.wire.Outcome;
import dev.moult.wire.Plan;
import dev.moult.wire.Probe;
import dev.moult.wire.Role;
import dev.moult.wire.WireException;
import dev.moult.wire.WireSocket;
import java.io.File;
import java.io.IOException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One conversation with the broker: hello, plan, outcome, and then the program. */
final class Session {
  /**
   * Blocked in the program, because a deleted pod's SIGTERM would cut the guest's power: stopping a
   * guest is the agent's work.
   */
  private static final Set<Signal> BLOCKED = EnumSet.of(Signal.TERM, Signal.INT, Signal.HUP);

  private static final List<String> IDLE = List.of("/usr/bin/sleep", "infinity");
  private static final long SEND_MILLIS = 10_000;

  private final Role role;
  private final String version;
  private final @Nullable QemuProbe probe;

  Session(Role role, String version, @Nullable QemuProbe probe) {
    this.role = role;
    this.version = version;
    this.probe = probe;
  }

  /**
   * Talks until the plan is carried out and this process has become its program.
   *
   * <p>Returns only when the broker went away before that: dial again.
   *
   * @throws LaunchException when the plan cannot be carried out; the broker was told
   * @throws IOException when the conversation itself cannot go on
   */
  void run(WireSocket broker) throws LaunchException, IOException {
    Probe known = probe == null ? Probe.none() : probe.await();
    if (!sent(broker, new Hello(role, version, known))) {
      return;
    }
    try (Incoming incoming = receive(broker)) {
      if (incoming == null) {
        return;
      }
      if (!(incoming.message() instanceof Plan plan)) {
        throw new WireException("the broker sent no plan");
      }
      try (var runner = new PlanRunner(incoming.takeDescriptors())) {
        launch(broker, plan, runner);
      }
    } catch (LaunchException e) {
      sent(broker, e.outcome());
      throw e;
    }
  }

  private void launch(WireSocket broker, Plan plan, PlanRunner runner)
      throws LaunchException, IOException {
    List<String> argv = plan.argv().isEmpty() ? IDLE : plan.argv();
    String program = program(argv.get(0));
    runner.run(plan);
    ProcessImage image = image(program, argv, plan, runner.slots());
    if (!sent(broker, new Outcome.Ok(runner.facts(), runner.images()))) {
      return; // nobody knows of this launch: the next broker plans it anew
    }
    try {
      image.become();
    } catch (LinuxException e) {
      throw new LaunchException(LaunchReason.EXEC_FAILED, -1, "cannot become " + program, e);
    }
  }

  /** The path to execute. A name without a slash means the image's QEMU, wherever it lies. */
  private String program(String name) throws LaunchException {
    String found = probe == null ? null : probe.binary();
    String path = name.indexOf('/') < 0 && found != null ? found : name;
    // Looked at before the outcome is told: after that a failure could only end this process.
    var file = new File(path);
    if (path.indexOf('/') < 0 || !file.isFile() || !file.canExecute()) {
      throw new LaunchException(
          role == Role.VMM ? LaunchReason.QEMU_NOT_FOUND : LaunchReason.EXEC_FAILED,
          -1,
          "there is no program " + path + " in the image");
    }
    return path;
  }

  private static ProcessImage image(
      String program, List<String> argv, Plan plan, Map<Integer, Fd> slots) {
    var environment = new HashMap<String, String>();
    for (String entry : plan.env()) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        environment.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return new ProcessImage(program, argv, environment, slots, BLOCKED);
  }

  private static @Nullable Incoming receive(WireSocket broker) throws IOException {
    try {
      // However long the plan takes: the agent may have to look at something else first.
      return broker.receivePlan(Deadline.never());
    } catch (LinuxException e) {
      if (e.isPeerGone()) {
        return null;
      }
      throw e;
    }
  }

  private static boolean sent(WireSocket broker, Message message) throws IOException {
    try {
      broker.send(message, Deadline.inMillis(SEND_MILLIS));
      return true;
    } catch (LinuxException e) {
      if (e.isPeerGone() || e.is(Errno.ETIMEDOUT)) {
        return false;
      }
      throw e;
    }
  }
}
