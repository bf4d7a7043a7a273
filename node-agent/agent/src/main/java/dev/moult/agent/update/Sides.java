package dev.moult.agent.update;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.VmJournal;
import dev.moult.agent.run.Monitor;
import dev.moult.linux.Deadline;
import dev.moult.qemu.qmp.MigrationState;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpEvents;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.qemu.qmp.RunState;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The two QEMUs of one handoff: what they are seen to be, and what can be done to them.
 *
 * <p>A guest that its owner has paused is handed over asleep: neither QEMU is told to let it run.
 * It has it as before where it is {@code paused}, and where it was let go with everything that
 * {@link Decision} asks for, but for the {@code cont}.
 */
final class Sides {
  private static final Logger LOG = Logger.getLogger(Sides.class);
  private static final Duration DIAL = Duration.ofSeconds(1);
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration RESUME = Duration.ofSeconds(5);
  private static final Duration KILL = Duration.ofSeconds(30);

  /** For one try: the broker may be being restarted, and both may be looked at in between. */
  private static final Duration FREEZE = Duration.ofSeconds(2);

  private final Broker broker;
  private final VmJournal journal;
  private final Attention attention;
  private final String podA;
  private final String podB;
  private @Nullable Monitor a;
  private @Nullable Monitor b;
  private final boolean asleep;
  private boolean letGoA;

  /** It was asked to stop A, which was this, and did not ask it anything since. */
  private Decision.@Nullable Source stoodAs;

  private boolean frozen;

  /** A may be stopped, by us or by the agent before us, and is silent then. */
  private boolean mayBeFrozen;

  private boolean letGoB;
  private boolean launched;
  private boolean deadA;
  private boolean deadB;
  private @Nullable Resumed resumed;

  /**
   * B's RESUME.
   *
   * @param micros by QEMU's stamp, since the epoch
   * @param nanos when it arrived, monotonic
   */
  record Resumed(long micros, long nanos) {}

  /**
   * Both sides.
   *
   * @param a A's monitor, or null if it is not connected
   * @param launched B's plan was sent, so there may be a QEMU
   * @param asleep the guest's owner had paused it
   * @param mayBeFrozen an agent before this one may have stopped A
   */
  Sides(
      Broker broker,
      VmJournal journal,
      Attention attention,
      String podA,
      String podB,
      @Nullable Monitor a,
      boolean launched,
      boolean asleep,
      boolean mayBeFrozen) {
    this.asleep = asleep;
    this.mayBeFrozen = mayBeFrozen;
    this.broker = broker;
    this.journal = journal;
    this.attention = attention;
    this.podA = podA;
    this.podB = podB;
    this.a = a;
    this.launched = launched;
  }

  @Nullable Monitor a() {
    return a;
  }

  @Nullable Monitor b() {
    return b;
  }

  void connectedB(Monitor monitor) {
    b = monitor;
  }

  void launchedB() {
    launched = true;
  }

  /** When B resumed; null if it was not seen to. */
  @Nullable Resumed resumed() {
    return resumed;
  }

  /** Whether all threads of A are proved stopped. */
  boolean frozen() {
    return frozen;
  }

  /** Whether A may be stopped, so that its silence says nothing. */
  boolean mayBeFrozen() {
    return mayBeFrozen;
  }

  /** Whether A is proved dead; asks it nothing. */
  boolean isGoneA() {
    return deadA || attention.exited(podA);
  }

  /** Looks at A; lets it go on first, unless it was stopped to stay so. */
  Decision.Source lookAtA() throws InterruptedException {
    if (isGoneA()) {
      return Decision.Source.GONE;
    }
    if (stoodAs != null) {
      return stoodAs;
    }
    try {
      thawA();
    } catch (BrokerException e) {
      LOG.warnf(e, "the old QEMU may be stopped still vm=%s", journal.vmUid());
    }
    if (isGoneA()) {
      return Decision.Source.GONE;
    }
    a = connected(a, podA);
    if (a == null) {
      return Decision.Source.SILENT;
    }
    try {
      RunState state = status(a);
      return asleep ? sleeperAt(state, letGoA) : sourceOf(state);
    } catch (QmpException e) {
      return Decision.Source.SILENT;
    }
  }

  /** Looks at B. */
  Decision.Target lookAtB() throws InterruptedException {
    if (deadB || attention.exited(podB)) {
      return Decision.Target.GONE;
    }
    if (!launched) {
      return Decision.Target.ABSENT;
    }
    b = connected(b, podB);
    if (b == null) {
      return Decision.Target.SILENT;
    }
    try {
      RunState state = status(b);
      Decision.Target seen =
          targetOf(state, state.status().equals("paused") ? b.qmp().queryMigrate() : null);
      return letGoB && seen == Decision.Target.LOADED ? Decision.Target.RUNNING : seen;
    } catch (QmpException e) {
      return Decision.Target.SILENT;
    }
  }

  private static RunState status(Monitor monitor) throws QmpException, InterruptedException {
    var answer = monitor.qmp().connection().execute("query-status", null, LOOK);
    return new RunState(answer.path("status").asText(""), answer.path("running").asBoolean(false));
  }

  static Decision.Source sourceOf(RunState state) {
    if (state.running()) {
      return Decision.Source.RUNNING;
    }
    return switch (state.status()) {
      // paused: its migration failed after the stop and it was not let go on; nothing has run
      // since.
      case "postmigrate", "paused" -> Decision.Source.POSTMIGRATE;
      case "shutdown", "guest-panicked", "internal-error", "io-error", "watchdog" ->
          Decision.Source.ENDED;
      default -> Decision.Source.STOPPING;
    };
  }

  /**
   * What A is with a guest that its owner has paused.
   *
   * @param letGo it keeps the guest, which it has sent
   */
  static Decision.Source sleeperAt(RunState state, boolean letGo) {
    return switch (state.status()) {
      // As before: it has not stopped the guest for the handoff, or has taken that back.
      case "paused" -> Decision.Source.RUNNING;
      case "postmigrate" -> letGo ? Decision.Source.RUNNING : Decision.Source.POSTMIGRATE;
      default -> sourceOf(state);
    };
  }

  static Decision.Target targetOf(RunState state, @Nullable MigrationState migration) {
    if (state.running()) {
      return Decision.Target.RUNNING;
    }
    return switch (state.status()) {
      case "inmigrate", "prelaunch" -> Decision.Target.WAITING;
      case "paused" ->
          migration != null && migration.status().equals("completed")
              ? Decision.Target.LOADED
              : Decision.Target.WAITING;
      // Its guest ran, and ended since.
      default -> Decision.Target.RUNNING;
    };
  }

  private @Nullable Monitor connected(@Nullable Monitor known, String pod)
      throws InterruptedException {
    if (known != null && !known.closed()) {
      return known;
    }
    try {
      return Monitor.connect(pod, journal.qmpSocket(pod), DIAL);
    } catch (IOException e) {
      return null; // nobody listens any more, or it does not greet: dead or silent
    }
  }

  /**
   * {@code cont} on B, until its RESUME; a guest that is asleep is B's without.
   *
   * @throws QmpException.Refused when B says no: it has not run
   */
  void contB() throws QmpException, InterruptedException {
    Monitor monitor = b;
    if (monitor == null) {
      return;
    }
    if (asleep) {
      letGoB = true;
      return;
    }
    QmpClient qmp = monitor.qmp();
    QmpEvents.Cursor events = qmp.events().fromNow();
    qmp.cont();
    var event = events.await("RESUME", RESUME);
    resumed = new Resumed(event.timestampMicros(), System.nanoTime());
  }

  /**
   * Stops all threads of A; returns with the proof, or with that of its death. It is asked nothing
   * from now on: it would not answer.
   *
   * @param stands what A is
   * @throws BrokerException.Refused when it cannot be proved; A goes on then
   */
  void freezeA(Decision.Source stands) throws BrokerException, InterruptedException {
    mayBeFrozen = true;
    stoodAs = stands;
    try {
      var unused = broker.ask(new Request.Freeze(podA), List.of(), FREEZE);
      frozen = true;
    } catch (BrokerException.Refused e) {
      stoodAs = null;
      if (e.reason() != RefusalReason.GONE) {
        throw e;
      }
      deadA = true;
    }
  }

  /** A need not stay stopped: the next look, and {@code cont}, let it go on first. */
  void unfreezeA() {
    frozen = false;
    stoodAs = null;
  }

  private void thawA() throws BrokerException, InterruptedException {
    unfreezeA();
    if (!mayBeFrozen) {
      return;
    }
    try {
      var unused = broker.ask(new Request.Thaw(podA), List.of(), FREEZE);
      mayBeFrozen = false;
    } catch (BrokerException.Refused e) {
      mayBeFrozen = false; // nobody could let it go on: it is seen to be silent, then
      deadA = e.reason() == RefusalReason.GONE;
      if (!deadA) {
        throw e;
      }
    }
  }

  /** {@code cont} on A; a guest that is asleep is A's without. */
  void contA() throws QmpException, BrokerException, InterruptedException {
    thawA();
    Monitor monitor = a;
    letGoA = asleep;
    if (monitor != null && !asleep) {
      monitor.qmp().cont();
    }
  }

  /** Kills A; returns with the proof. */
  void killA() throws BrokerException, InterruptedException {
    kill(podA);
    deadA = true;
  }

  /** Kills B; returns with the proof. */
  void killB() throws BrokerException, InterruptedException {
    kill(podB);
    deadB = true;
  }

  private void kill(String pod) throws BrokerException, InterruptedException {
    var unused = broker.ask(new Request.Kill(pod), List.of(), KILL);
  }

  /** Waits for whatever happens next to either. */
  void awaitChange(Deadline deadline) throws InterruptedException {
    var first =
        new Object() {
          boolean asked;
        };
    var unused =
        attention.until(
            () -> {
              boolean again = first.asked;
              first.asked = true;
              return again;
            },
            deadline);
  }
}
