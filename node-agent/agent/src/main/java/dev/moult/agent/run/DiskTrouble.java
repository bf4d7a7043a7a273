package dev.moult.agent.run;

import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.linux.Deadline;
import dev.moult.qemu.PeerText;
import dev.moult.qemu.machine.FrozenDisk;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.qmp.QmpEvent;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.qemu.qmp.RunState;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A disk that is full or fails: QEMU has stopped the guest, and does what failed again when the
 * guest goes on. Nobody says when there is room again, so it is let go on from time to time; that
 * it runs is said when it has run for a moment.
 */
final class DiskTrouble {
  private static final Logger LOG = Logger.getLogger(DiskTrouble.class);

  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LAST = Duration.ofSeconds(10);

  /** What fails again fails at once. */
  private static final Duration CALM = Duration.ofMillis(500);

  private static final String STATUS = "io-error";
  private static final String NO_SPACE = "nospace";
  private static final Pattern DISK = Pattern.compile("disk([0-9]{1,3})\\b");

  private final VmState state;
  private Duration wait = FIRST;
  private @Nullable Deadline next;
  private boolean letGo;

  DiskTrouble(VmState state) {
    this.state = state;
  }

  /** Whether the guest stands still because of a disk. */
  static boolean isIn(GuestRecord guest) {
    return guest.state() == GuestState.PAUSED && Reason.DISK_ERROR.value().equals(guest.reason());
  }

  /** Whether QEMU says so. */
  static boolean isIn(RunState now) {
    return now.status().equals(STATUS);
  }

  /** Whether an event says that QEMU stops the guest because of a disk. */
  static boolean begins(QmpEvent event) {
    return event.name().equals("BLOCK_IO_ERROR")
        && event.data().path("action").asText("").equals("stop");
  }

  /** The guest after such an event. */
  static GuestRecord guest(QmpEvent event, @Nullable FrozenMachine machine, long nowMillis) {
    boolean write = event.data().path("operation").asText("").equals("write");
    String why =
        event.data().path(NO_SPACE).asBoolean(false)
            ? "there is no space left where it lies"
            : PeerText.clean(event.data().path("reason").asText("it fails"));
    return new GuestRecord(
        GuestState.PAUSED,
        Reason.DISK_ERROR.value(),
        "Disk %s cannot be %s: %s. The guest is paused, and goes on by itself when that is mended."
            .formatted(disk(event, machine), write ? "written" : "read", why),
        nowMillis);
  }

  /** The guest of a QEMU that was not watched when it happened. */
  static GuestRecord guest(long nowMillis) {
    return new GuestRecord(
        GuestState.PAUSED,
        Reason.DISK_ERROR.value(),
        "A disk is full or fails. The guest is paused, and goes on by itself when that is mended.",
        nowMillis);
  }

  private static String disk(QmpEvent event, @Nullable FrozenMachine machine) {
    String where =
        event.data().path("node-name").asText("") + " " + event.data().path("qom-path").asText("");
    Matcher matcher = DISK.matcher(where);
    if (!matcher.find()) {
      return "of the guest";
    }
    int index = Integer.parseInt(matcher.group(1));
    return machine == null
        ? "disk" + index
        : machine.disks().stream()
            .filter(disk -> disk.index() == index)
            .map(FrozenDisk::name)
            .findFirst()
            .orElse("disk" + index);
  }

  /** Lets the guest go on, if it is time. */
  void whenDue() throws InterruptedException {
    RunRecord run = state.run();
    Monitor monitor = state.monitor();
    Scene.Wish wish = state.wish();
    boolean toStand = wish != null && wish.paused();
    if (run == null || !isIn(run.guest()) || monitor == null || monitor.closed() || toStand) {
      next = null;
      letGo = false;
      wait = FIRST;
      return;
    }
    if (next == null) {
      again(wait);
    } else if (next.isPassed()) {
      try {
        look(monitor);
      } catch (QmpException e) {
        LOG.warnf("a guest with a disk in trouble is not let go on: %s", e.getMessage());
        again(LAST);
      }
    }
  }

  private void look(Monitor monitor) throws QmpException, InterruptedException {
    RunState now = monitor.qmp().queryStatus();
    if (now.running()) {
      state.setGuest(GuestState.RUNNING, null, null);
    } else if (letGo || !isIn(now)) {
      letGo = false;
      wait = longer(wait);
      again(wait);
    } else {
      letGo = true;
      monitor.qmp().cont();
      again(CALM);
    }
  }

  private static Duration longer(Duration before) {
    Duration twice = before.multipliedBy(2);
    return twice.compareTo(LAST) < 0 ? twice : LAST;
  }

  private void again(Duration after) {
    next = Deadline.in(after);
    state.wakeAt(next);
  }
}
