package dev.moult.agent.autopsy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.agent.run.Glimpse;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.autopsy.AutopsyException;
import dev.moult.autopsy.ElfCore;
import dev.moult.autopsy.GuestRam;
import dev.moult.autopsy.KernelLog;
import dev.moult.linux.Fd;
import dev.moult.qemu.machine.FrozenMachine;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Answers one question of somebody at an anchor's port: {@code KEY log} or {@code KEY core} and a
 * line feed. The answer is a line of JSON, {@code {"bytes":…,"remarks":[…]}} and so many bytes, or
 * {@code {"error":…}}.
 */
final class Desk {
  /** What a question has at most: a key of 64 digits, a space, a word, a line feed. */
  static final int MOST_QUESTION = 72;

  private static final Logger LOG = Logger.getLogger(Desk.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Of all guests of the node: one takes a processor, and the memory's whole bandwidth. */
  private static final Semaphore CORES = new Semaphore(1);

  private final Examination examination;
  private final Keys keys;
  private final Audit audit;

  /** Whose key opens what. */
  interface Keys {
    /** The name of the autopsy whose key that is, if its time is not over. */
    Optional<String> autopsyOf(String key);
  }

  /** Tells that memory is handed out, before it is. */
  interface Audit {
    /** To the maker of that autopsy. */
    void handedOut(Glimpse vm, String autopsy, String what);
  }

  /** Where the answer goes. */
  interface Reply {
    /**
     * A stream that ends when it may not go on.
     *
     * @param allowed asked before each part
     */
    OutputStream stream(BooleanSupplier allowed);
  }

  Desk(Examination examination, Keys keys, Audit audit) {
    this.examination = examination;
    this.keys = keys;
    this.audit = audit;
  }

  /**
   * Answers.
   *
   * @param vm as it is shown at the moment of asking; null when it is gone
   */
  void answer(String question, Supplier<@Nullable Glimpse> vm, Reply reply)
      throws IOException, InterruptedException {
    String[] words = question.split(" ", -1);
    Optional<String> autopsy = words.length == 2 ? keys.autopsyOf(words[0]) : Optional.empty();
    OutputStream always = reply.stream(() -> true);
    if (autopsy.isEmpty()) {
      refuse(always, "that is not the key of an autopsy whose time is not over");
      return;
    }
    String key = words[0];
    Glimpse now = vm.get();
    if (now == null) {
      refuse(always, "the virtual machine has no run on this node any more");
      return;
    }
    try {
      switch (words[1]) {
        case "log" -> log(now, autopsy.get(), always);
        case "core" -> core(now, autopsy.get(), key, vm, reply);
        default -> refuse(always, "ask for log or core");
      }
    } catch (AutopsyException e) {
      LOG.infof("autopsy vm=%s: %s", now.run().vmUid(), e.getMessage());
      refuse(always, String.valueOf(e.getMessage()));
    }
  }

  private void log(Glimpse vm, String autopsy, OutputStream out)
      throws AutopsyException, IOException, InterruptedException {
    KernelLog log;
    try (Fd ram = examination.memory(vm)) {
      log = KernelLog.read(ram);
    }
    byte[] text = Examination.text(log);
    audit.handedOut(vm, autopsy, "the kernel's log");
    out.write(begin(text.length, log.remarks()));
    out.write(text);
  }

  private void core(
      Glimpse vm, String autopsy, String key, Supplier<@Nullable Glimpse> current, Reply reply)
      throws AutopsyException, IOException, InterruptedException {
    OutputStream always = reply.stream(() -> true);
    if (!stands(vm)) {
      refuse(
          always,
          "the guest runs, and its memory changes while it is read: pause it first (kubectl moult"
              + " pause), or take its log alone");
      return;
    }
    if (!CORES.tryAcquire()) {
      refuse(always, "another core of this node is being read: try again when that is done");
      return;
    }
    try (Fd fd = examination.memory(vm);
        GuestRam ram = GuestRam.of(fd)) {
      FrozenMachine machine = Objects.requireNonNull(vm.run().machine()); // memory() looked
      ElfCore core = ElfCore.of(ram, machine.vcpus());
      audit.handedOut(vm, autopsy, "an ELF core of its memory");
      OutputStream out =
          reply.stream(() -> isSame(vm, current.get()) && keys.autopsyOf(key).isPresent());
      out.write(begin(core.bytes(), core.remarks()));
      core.write(out);
    } finally {
      CORES.release();
    }
  }

  /** Whether it is the same run, which still stands. */
  private static boolean isSame(Glimpse before, @Nullable Glimpse now) {
    return now != null && now.run().runId().equals(before.run().runId()) && stands(now);
  }

  private static boolean stands(Glimpse vm) {
    GuestState state = vm.run().guest().state();
    boolean still =
        switch (state) {
          case PAUSED, SUSPENDED, STOPPED, FAILED -> true;
          case STARTING, RUNNING, STOPPING, LOST -> false;
        };
    return still && !vm.updating().getAsBoolean();
  }

  private static byte[] begin(long bytes, List<String> remarks) throws IOException {
    return line(Map.of("bytes", bytes, "remarks", remarks));
  }

  private static void refuse(OutputStream out, String why) throws IOException {
    out.write(line(Map.of("error", why)));
  }

  private static byte[] line(Map<String, Object> fields) throws JsonProcessingException {
    return (JSON.writeValueAsString(fields) + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
