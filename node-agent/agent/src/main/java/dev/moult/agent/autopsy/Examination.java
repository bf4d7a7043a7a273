package dev.moult.agent.autopsy;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.run.Glimpse;
import dev.moult.api.v1alpha1.AutopsyFindings;
import dev.moult.autopsy.AutopsyException;
import dev.moult.autopsy.KernelLog;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileStat;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.wire.Request;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads one guest's memory, which its anchor holds. */
final class Examination {
  /** Of the log in a status: the object goes through etcd. */
  static final int MOST_LOG = 64 * 1024;

  private static final int MOST_MESSAGE = 4096;
  private static final int MOST_REMARKS = 8;

  private final Broker broker;

  Examination(Broker broker) {
    this.broker = broker;
  }

  /**
   * The memory of a run, to read alone; the caller's.
   *
   * @throws AutopsyException if nothing holds it, or it is not as the machine was frozen
   */
  Fd memory(Glimpse vm) throws AutopsyException, InterruptedException {
    RunRecord run = vm.run();
    FrozenMachine machine = run.machine();
    if (machine == null || run.ramInode() == 0) {
      throw new AutopsyException(
          AutopsyException.Kind.NO_RAM,
          "the virtual machine has not started: it has no memory yet");
    }
    try {
      Fd ram = broker.askForDescriptor(new Request.ReadRam(run.anchorPodUid()), Broker.ORDINARY);
      try {
        FileStat stat = FileStat.of(ram);
        if (stat.inode() != run.ramInode() || stat.size() != machine.memoryBytes()) {
          throw new AutopsyException(
              AutopsyException.Kind.NO_RAM, "the anchor holds another memory than the run had");
        }
        return ram;
      } catch (LinuxException | AutopsyException | RuntimeException e) {
        ram.close();
        throw e;
      }
    } catch (BrokerException | LinuxException e) {
      throw new AutopsyException(
          AutopsyException.Kind.NO_RAM,
          "the anchor pod does not hold the memory any more: " + e.getMessage());
    }
  }

  /** What the kernel's log says, or why it says nothing. */
  AutopsyFindings examine(@Nullable Glimpse vm, String uid, Instant now)
      throws InterruptedException {
    Instant at = now.truncatedTo(ChronoUnit.SECONDS);
    if (vm == null) {
      return unreadable(uid, null, at, "This node has no run of that virtual machine.");
    }
    String run = vm.run().runId();
    try (Fd ram = memory(vm)) {
      return found(uid, run, at, KernelLog.read(ram));
    } catch (AutopsyException e) {
      return unreadable(uid, run, at, sentence(e));
    }
  }

  /** The log as it is handed out. */
  static byte[] text(KernelLog log) {
    return (String.join("\n", log.lines()) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** What was in the way, for people. */
  static String sentence(AutopsyException e) {
    String words = String.valueOf(e.getMessage());
    return Character.toUpperCase(words.charAt(0)) + words.substring(1) + ".";
  }

  private static AutopsyFindings found(String uid, String run, Instant at, KernelLog log) {
    return new AutopsyFindings(
        uid,
        run,
        at,
        true,
        null,
        log.release(),
        log.lines().size(),
        (long) text(log).length,
        end(log.lines()),
        log.remarks().stream().limit(MOST_REMARKS).toList());
  }

  private static AutopsyFindings unreadable(
      String uid, @Nullable String run, Instant at, String why) {
    String message = why.length() <= MOST_MESSAGE ? why : why.substring(0, MOST_MESSAGE);
    return new AutopsyFindings(uid, run, at, false, message, null, null, null, null, List.of());
  }

  /** The last whole lines that fit. */
  static String end(List<String> lines) {
    int from = lines.size();
    int room = MOST_LOG;
    while (from > 0 && lines.get(from - 1).length() + 1 <= room) {
      from--;
      room -= lines.get(from).length() + 1;
    }
    StringBuilder text = new StringBuilder(MOST_LOG - room);
    lines.subList(from, lines.size()).forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }
}
