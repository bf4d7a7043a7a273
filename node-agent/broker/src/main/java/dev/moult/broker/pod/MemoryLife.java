package dev.moult.broker.pod;

import dev.moult.broker.Refusal;
import dev.moult.broker.log.Log;
import dev.moult.broker.peer.Peer;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.wire.Event;
import dev.moult.wire.Incoming;
import dev.moult.wire.MemoryOrder;
import dev.moult.wire.MemoryReport;
import dev.moult.wire.MemoryTask;
import dev.moult.wire.Message;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.WireException;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What happens with the memory container of an anchor pod: it dials, is given work, tells of it,
 * goes away. One work at a time. Each method makes one transition on the loop's thread.
 */
final class MemoryLife {
  /** It tells how far it is each second, whatever it waits for. */
  private static final long SILENCE_MILLIS = 60_000;

  private static final long SEND_MILLIS = 1_000;

  /** However often it tells, the agent hears it at most four times a second. */
  private static final long PROGRESS_MILLIS = 250;

  /** The word that the agent knows for work that nobody does any more. */
  private static final String INTERRUPTED = "Interrupted";

  private final Consumer<Event> events;

  MemoryLife(Consumer<Event> events) {
    this.events = events;
  }

  /** Whether this process may be the pod's memory container; if not, why. */
  static String objection(Pod pod, Peer peer) throws LinuxException {
    Peer anchor = pod.peer;
    if (anchor != null && anchor.containerId().equals(peer.containerId())) {
      return "its container is the anchor's own";
    }
    MemoryLine known = pod.memory;
    return known != null && known.peer.pid() != peer.pid() && known.peer.isAlive()
        ? "a memory container of this pod is known already and lives"
        : "";
  }

  /** It said hello, and nothing speaks against it. Adopts what the caller had. */
  void begin(Pod pod, Caller caller) {
    end(pod, "its memory container dialled again");
    pod.memory = new MemoryLine(caller.peer(), caller.connection());
    Log.info("memory container dialled", "pod", pod.uid());
    events.accept(new Event.MemoryReady(pod.uid(), null));
  }

  /** There is something to read from it, or its end. */
  void readable(Pod pod, MemoryLine line) throws IOException {
    try (Incoming incoming = line.connection.receive(Deadline.now())) {
      if (incoming == null) {
        end(pod, "its memory container has hung up");
      } else {
        said(pod, line, incoming.message());
      }
    } catch (WireException e) {
      Log.warn("memory container refused", "pod", pod.uid(), "why", String.valueOf(e.getMessage()));
      end(pod, "its memory container said what is not understood");
    } catch (LinuxException e) {
      if (!e.isTimeout()) {
        end(pod, "its memory container is gone: " + e.getMessage());
      }
    }
  }

  private void said(Pod pod, MemoryLine line, Message message) throws WireException {
    if (!(message instanceof MemoryReport report) || !report.work().equals(line.work)) {
      throw new WireException("a " + message.getClass().getSimpleName() + " is not due");
    }
    switch (report) {
      case MemoryReport.Progress progress -> {
        line.due = Deadline.inMillis(SILENCE_MILLIS);
        if (line.quietUntil.isPassed()) {
          line.quietUntil = Deadline.inMillis(PROGRESS_MILLIS);
          events.accept(new Event.MemoryProgress(pod.uid(), progress));
        }
      }
      case MemoryReport.Finished finished ->
          over(pod, line, new Event.MemoryFinished(pod.uid(), finished));
      case MemoryReport.Failed failed -> over(pod, line, new Event.MemoryFailed(pod.uid(), failed));
    }
  }

  private void over(Pod pod, MemoryLine line, Event.OfMemory outcome) {
    line.work = null;
    line.due = Deadline.never();
    pod.memoryOutcome = outcome;
    Log.info("memory work over", "pod", pod.uid(), "outcome", outcome.getClass().getSimpleName());
    events.accept(outcome);
  }

  /** It says nothing of what it does. */
  void overdue(Pod pod) {
    end(pod, "its memory container is silent");
  }

  /** Its process is dead, or its connection ended: what it did is not done. */
  void end(Pod pod, String why) {
    MemoryLine line = pod.memory;
    if (line == null) {
      return;
    }
    pod.memory = null;
    String work = line.work;
    line.close();
    Log.info("memory container gone", "pod", pod.uid(), "why", why);
    if (work != null) {
      over(
          pod,
          line,
          new Event.MemoryFailed(pod.uid(), new MemoryReport.Failed(work, INTERRUPTED, 0, why)));
    }
  }

  /**
   * Gives it work, or ends what it does.
   *
   * @param descriptors borrowed
   * @return why it was not given; null if it was, or if there was no need to
   */
  @Nullable Refusal order(Pod pod, MemoryOrder order, List<Fd> descriptors) {
    Event.OfMemory outcome = pod.memoryOutcome;
    if (outcome != null && order.work().equals(workOf(outcome))) {
      events.accept(outcome);
      return null;
    }
    MemoryLine line = pod.memory;
    if (line == null) {
      return new Refusal(
          RefusalReason.NOT_DIALLED, "no memory container of pod " + pod.uid() + " has dialled");
    }
    boolean isUnderWay = order.work().equals(line.work);
    if (order.task() instanceof MemoryTask.Cancel) {
      return isUnderWay ? send(pod, line, order, descriptors) : null;
    }
    if (isUnderWay) {
      return null;
    }
    if (line.work != null) {
      return new Refusal(
          RefusalReason.BAD_REQUEST, "work " + line.work + " with this memory is under way");
    }
    Refusal unsent = send(pod, line, order, descriptors);
    if (unsent == null) {
      line.work = order.work();
      line.due = Deadline.inMillis(SILENCE_MILLIS);
      pod.memoryOutcome = null;
      Log.info("memory work", "pod", pod.uid(), "task", order.task().name());
    }
    return unsent;
  }

  private @Nullable Refusal send(
      Pod pod, MemoryLine line, MemoryOrder order, List<Fd> descriptors) {
    try {
      line.connection.send(order, descriptors, Deadline.inMillis(SEND_MILLIS));
      return null;
    } catch (IOException e) {
      end(pod, "its memory container does not listen");
      return new Refusal(
          RefusalReason.NOT_DIALLED,
          "the memory container of pod " + pod.uid() + " did not take its work: " + e);
    }
  }

  private static @Nullable String workOf(Event.OfMemory outcome) {
    return switch (outcome) {
      case Event.MemoryFinished finished -> finished.report().work();
      case Event.MemoryFailed failed -> failed.report().work();
      case Event.MemoryReady ready -> null;
      case Event.MemoryProgress progress -> null;
    };
  }

  /** Tells an agent that has just come what is so. */
  static void repeat(Pod pod, Consumer<Event> agent) {
    MemoryLine line = pod.memory;
    if (line != null) {
      agent.accept(new Event.MemoryReady(pod.uid(), line.work));
    }
    if (pod.memoryOutcome != null) {
      agent.accept(pod.memoryOutcome);
    }
  }
}
