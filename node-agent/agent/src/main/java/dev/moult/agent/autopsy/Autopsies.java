package dev.moult.agent.autopsy;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.run.Glimpse;
import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.AutopsyFindings;
import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.wire.Request;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The autopsies of this node: each is read for once, by one thread, and its key let in. */
public final class Autopsies implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Autopsies.class);
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** A VM of whose run its thread has not told yet: an agent that has just begun. */
  private static final Duration UNKNOWN_FOR = Duration.ofSeconds(5);

  private final Supplier<Collection<Glimpse>> vms;
  private final Broker broker;
  private final Telling telling;
  private final Clock clock;
  private final Examination examination;
  private final BlockingQueue<Runnable> line = new LinkedBlockingQueue<>();
  private final Map<String, VirtualMachineAutopsy> known = new ConcurrentHashMap<>();
  private final Map<String, Long> unread =
      new LinkedHashMap<>(); // uid → since, nanos; the thread's
  private final Map<String, Door> doors = new HashMap<>(); // by anchor; the thread's
  private final Thread thread;
  private volatile boolean closed;

  /** Tells the API server, and never makes its caller wait. */
  public interface Telling {
    /** What was found. */
    void found(VirtualMachineAutopsy autopsy, AutopsyFindings findings);

    /** That memory was read or is handed out: an event on the virtual machine. */
    void event(Glimpse vm, String sentence);
  }

  /** Starts its thread. */
  public Autopsies(Supplier<Collection<Glimpse>> vms, Broker broker, Telling telling, Clock clock) {
    this.vms = vms;
    this.broker = broker;
    this.telling = telling;
    this.clock = clock;
    this.examination = new Examination(broker);
    this.thread = Thread.ofPlatform().daemon().name("autopsies").start(this::work);
  }

  /** One is there, or has changed. */
  public void seen(VirtualMachineAutopsy autopsy) {
    line.add(() -> admit(autopsy));
  }

  /** One is gone, or of another node. */
  public void gone(VirtualMachineAutopsy autopsy) {
    String uid = autopsy.getMetadata().getUid();
    known.remove(uid); // at once: its key opens nothing any more
    line.add(() -> unread.remove(uid));
  }

  private void work() {
    try {
      while (!closed) {
        Runnable next = line.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        if (next != null) {
          next.run();
        }
        known.values().removeIf(this::isOver);
        readAll();
        arrangeDoors();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      doors.values().forEach(Door::close);
    }
  }

  private void admit(VirtualMachineAutopsy autopsy) {
    String uid = autopsy.getMetadata().getUid();
    if (isOver(autopsy)) {
      return;
    }
    AutopsyFindings told = autopsy.getStatus() == null ? null : autopsy.getStatus().findings();
    boolean isRead = told != null && uid.equals(told.uid());
    if (known.put(uid, autopsy) == null && !isRead) {
      unread.put(uid, System.nanoTime());
    }
  }

  private void readAll() throws InterruptedException {
    for (Iterator<Map.Entry<String, Long>> each = unread.entrySet().iterator(); each.hasNext(); ) {
      Map.Entry<String, Long> entry = each.next();
      VirtualMachineAutopsy autopsy = known.get(entry.getKey());
      Glimpse vm = autopsy == null ? null : glimpse(autopsy);
      boolean waits = System.nanoTime() - entry.getValue() < UNKNOWN_FOR.toNanos();
      if (autopsy != null && vm == null && waits) {
        continue;
      }
      each.remove();
      if (autopsy != null) {
        read(autopsy, vm);
      }
    }
  }

  private void read(VirtualMachineAutopsy autopsy, @Nullable Glimpse vm)
      throws InterruptedException {
    String name = autopsy.getMetadata().getName();
    long began = System.nanoTime();
    AutopsyFindings findings;
    try {
      findings = examination.examine(vm, autopsy.getMetadata().getUid(), clock.instant());
    } catch (RuntimeException e) {
      LOG.errorf(e, "autopsy %s failed", name); // the next one is another guest's
      return;
    }
    LOG.infof(
        "autopsy %s read in %d ms: %s",
        name,
        (System.nanoTime() - began) / 1_000_000,
        Boolean.TRUE.equals(findings.readable())
            ? findings.lines() + " lines"
            : findings.message());
    if (vm != null) {
      telling.event(
          vm, "The guest's memory was read for its kernel's log, by virtualmachineautopsy " + name);
    }
    telling.found(autopsy, findings);
  }

  /** A door for each anchor of which somebody has a key. */
  private void arrangeDoors() throws InterruptedException {
    Map<String, Glimpse> wanted = new HashMap<>();
    for (VirtualMachineAutopsy autopsy : known.values()) {
      Glimpse vm = autopsy.getSpec().keySha256() == null ? null : glimpse(autopsy);
      if (vm != null) {
        wanted.put(vm.run().anchorPodUid(), vm);
      }
    }
    doors
        .entrySet()
        .removeIf(door -> {
          boolean gone = !wanted.containsKey(door.getKey());
          if (gone) {
            door.getValue().close();
          }
          return gone;
        });
    for (Map.Entry<String, Glimpse> each : wanted.entrySet()) {
      if (!doors.containsKey(each.getKey())) {
        open(each.getKey(), each.getValue());
      }
    }
  }

  private void open(String anchor, Glimpse vm) throws InterruptedException {
    try {
      var request = new Request.ListenScreen(anchor, ApiNames.AUTOPSY_PORT);
      Fd listening = broker.askForDescriptor(request, Broker.ORDINARY);
      String namespace = vm.run().namespace();
      String name = vm.run().name();
      var desk =
          new Desk(
              examination,
              key -> autopsyOf(namespace, name, key),
              (to, autopsy, what) ->
                  telling.event(
                      to, "Handed out: " + what + ", by virtualmachineautopsy " + autopsy));
      doors.put(
          anchor,
          new Door(
              vm.run().vmUid().substring(0, 8),
              listening,
              (question, reply) ->
                  desk.answer(question, () -> glimpse(namespace, name, anchor), reply)));
    } catch (BrokerException | LinuxException e) {
      LOG.warnf("no port for the autopsy of vm=%s: %s", vm.run().vmUid(), e.getMessage());
    }
  }

  private Optional<String> autopsyOf(String namespace, String vm, String key) {
    byte[] shown = sha256(key);
    return known.values().stream()
        .filter(autopsy -> !isOver(autopsy))
        .filter(autopsy -> autopsy.getMetadata().getNamespace().equals(namespace))
        .filter(autopsy -> autopsy.getSpec().virtualMachine().equals(vm))
        .filter(autopsy -> isKey(shown, autopsy.getSpec().keySha256()))
        .map(autopsy -> autopsy.getMetadata().getName())
        .findFirst();
  }

  private static boolean isKey(byte[] shown, @Nullable String sha256) {
    return sha256 != null && MessageDigest.isEqual(shown, HexFormat.of().parseHex(sha256));
  }

  private static byte[] sha256(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  private boolean isOver(VirtualMachineAutopsy autopsy) {
    Instant created = Instant.parse(autopsy.getMetadata().getCreationTimestamp());
    return !clock.instant().isBefore(created.plus(HumanDuration.parse(autopsy.getSpec().ttl())));
  }

  private @Nullable Glimpse glimpse(VirtualMachineAutopsy autopsy) {
    return glimpse(autopsy.getMetadata().getNamespace(), autopsy.getSpec().virtualMachine(), null);
  }

  private @Nullable Glimpse glimpse(String namespace, String name, @Nullable String anchor) {
    return vms.get().stream()
        .filter(vm -> vm.run().namespace().equals(namespace) && vm.run().name().equals(name))
        .filter(vm -> anchor == null || Objects.equals(vm.run().anchorPodUid(), anchor))
        .findFirst()
        .orElse(null);
  }

  @Override
  public void close() {
    closed = true;
    line.add(() -> {});
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
