package dev.moult.launcher;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.Inotify;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.process.ProcessImage;
import dev.moult.linux.process.Signal;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.wire.Hello;
import dev.moult.wire.Incoming;
import dev.moult.wire.Operation;
import dev.moult.wire.Outcome;
import dev.moult.wire.Plan;
import dev.moult.wire.Probe;
import dev.moult.wire.Role;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.Slots;
import dev.moult.wire.WireSocket;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A launch from hello to outcome within one process, all but the last step: an image whose Java,
 * JNA or C library do not fit fails here, when it is built, and the classes of a real launch are
 * loaded for the AOT cache.
 */
final class Rehearsal {
  private static final long RAM_BYTES = 1 << 20;
  private static final long LIMIT_MILLIS = 10_000;
  private static final int UMASK = 022;

  private Rehearsal() {}

  static void run(String version) throws LaunchException, IOException {
    // Any program will do: what it lacks to be a QEMU becomes the reason that is told.
    QemuProbe probe = QemuProbe.start("/bin/true");
    dialInEmptyDirectory();
    try (UnixSocket.Pair pair = UnixSocket.pair(UnixSocket.Type.SEQPACKET);
        Fd memory = Memfd.create("rehearsal", RAM_BYTES, Memfd.Pages.NORMAL)) {
      WireSocket launcher = WireSocket.adopt(pair.left());
      WireSocket broker = WireSocket.adopt(pair.right());
      launcher.send(new Hello(Role.VMM, version, probe.await()), limit());
      launcher.send(new Hello(Role.VMM, version, Probe.of(new byte[1000])), limit());
      for (int i = 0; i < 2; i++) {
        expect(broker, Hello.class).close();
      }
      broker.send(plan(), List.of(memory), limit());
      try (Incoming incoming = expect(launcher, Plan.class);
          var runner = new PlanRunner(incoming.takeDescriptors())) {
        runner.run((Plan) incoming.message());
        launcher.send(new Outcome.Ok(runner.facts()), limit());
        prepareImage(runner);
      }
      try (Incoming outcome = expect(broker, Outcome.Ok.class)) {
        check((Outcome.Ok) outcome.message(), memory);
      }
    }
  }

  private static Plan plan() {
    return new Plan(
        List.of(
            new Operation.Receive(Slots.TAP),
            new Operation.CreateRam(Slots.RAM, RAM_BYTES, 0),
            new Operation.OpenFile(
                Slots.KERNEL,
                System.getProperty("java.home"),
                "/lib/modules",
                Operation.Access.READ)),
        List.of("qemu-system-x86_64", "-S"),
        List.of("PATH=/usr/bin"));
  }

  private static void dialInEmptyDirectory() throws LinuxException {
    try (Inotify arrivals = Inotify.open()) {
      arrivals.watch("/proc", EnumSet.of(Inotify.Kind.CREATED));
      WireSocket.connect("/proc/no.sock", limit()).close();
    } catch (LinuxException e) {
      if (!e.isNoEntry()) {
        throw e;
      }
    }
  }

  private static void check(Outcome.Ok outcome, Fd memory) throws IOException {
    List<SlotFacts> facts = outcome.facts();
    boolean whole =
        facts.size() == 3
            && facts.get(0).slot() == Slots.RAM
            && facts.get(0).size() == RAM_BYTES
            && facts.get(1).sameFile(SlotFacts.of(Slots.TAP, memory))
            && facts.get(2).slot() == Slots.KERNEL;
    if (!whole) {
      throw new IOException("the rehearsal's facts are wrong: " + facts);
    }
  }

  /** All of the last step that returns: becoming the program would end the rehearsal. */
  private static void prepareImage(PlanRunner runner) {
    new ProcessImage("/bin/true", List.of("true"), Map.of(), runner.slots(), Set.of(Signal.TERM));
    ProcessImage.umask(ProcessImage.umask(UMASK));
  }

  private static Incoming expect(WireSocket socket, Class<?> message) throws IOException {
    Incoming incoming = socket.receive(limit());
    if (incoming == null || !message.isInstance(incoming.message())) {
      throw new IOException("the rehearsal did not bring a " + message.getSimpleName());
    }
    return incoming;
  }

  private static Deadline limit() {
    return Deadline.inMillis(LIMIT_MILLIS);
  }
}
