package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import dev.moult.broker.log.Log;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.net.Tap;
import dev.moult.linux.process.Slice;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.Slots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Holds the size of the virtio header, and the queues, of taps that two QEMUs share. The second
 * one's start sets that size to 10 three times within about 50 ms, while the first sends 12, and
 * packets would be lost; and it detaches all queues but the first. At the end all else is put back
 * too that a hostile one may have changed.
 *
 * <p>A queue is attached again once in a watch: the second QEMU's start detaches it once. Who
 * detaches it again is the guest, when it boots anew, and the first QEMU ends itself if a queue is
 * not as it has left it.
 */
public final class TapWatches implements AutoCloseable {
  /** Twice as often cost the guest 0.5 to 1.2 ms of pause on two cores, and saved no packet. */
  private static final long EVERY_NANOS = 600_000;

  /** The shortest that the kernel gives: who looks late lets packets be lost. */
  private static final Duration SLICE = Duration.ofNanos(100_000);

  /** A watch whose agent never came back ends by itself. */
  private static final long LONGEST_NANOS = 120_000_000_000L;

  private static final char ATTACHED = '1';
  private static final char DETACHED = '0';

  private final Path directory;
  private final Map<String, Watch> watches = new HashMap<>();

  /**
   * No watches yet.
   *
   * @param directory where what is to be held is kept, so that the next broker can put back what
   *     this one no longer could; made when needed
   */
  public TapWatches(Path directory) {
    this.directory = directory;
  }

  /**
   * A watch that began.
   *
   * @param restored how often it had to restore the header's size, if it was under way already
   * @param idle queues that were not attached: the guest does not use them
   */
  public record Begun(int restored, int idle) {}

  /** Whether a broker before this one began a watch that was never ended. */
  public synchronized boolean isLeft(String anchorPodUid) {
    return !watches.containsKey(anchorPodUid) && Files.exists(directory.resolve(anchorPodUid));
  }

  /** Whether a watch is under way. */
  public synchronized boolean isOn(String anchorPodUid) {
    return watches.containsKey(anchorPodUid);
  }

  /**
   * Begins to hold what taps are now, or were when a watch began that was never ended; a watch
   * under way goes on.
   *
   * @param taps of one anchor, by their slots: the queues of each, the first one first; adopted
   */
  public synchronized Begun begin(String anchorPodUid, SortedMap<Integer, List<Fd>> taps)
      throws Refusal {
    Watch running = watches.get(anchorPodUid);
    if (running != null && running.thread.isAlive()) {
      taps.values().forEach(Fd::closeAll);
      return new Begun(running.restored.get(), running.idle());
    }
    try {
      var watched = new ArrayList<Watched>();
      for (Map.Entry<Integer, List<Fd>> tap : taps.entrySet()) {
        List<Tap> queues = tap.getValue().stream().map(Tap::adopt).toList();
        watched.add(new Watched(queues, toHold(kept(anchorPodUid, tap.getKey()), queues)));
      }
      var watch = new Watch(anchorPodUid, watched);
      if (running != null) {
        running.close(); // it has ended by itself
      }
      watches.put(anchorPodUid, watch);
      watch.thread.start();
      return new Begun(0, watch.idle());
    } catch (IOException e) {
      taps.values().forEach(Fd::closeAll);
      throw new Refusal(
          RefusalReason.FAILED, "the tap's state cannot be read or kept: " + e.getMessage());
    }
  }

  /**
   * Detaches all queues but the first of each tap, for a QEMU that attaches them, and holds them no
   * longer.
   */
  public synchronized void offerQueues(String anchorPodUid) throws Refusal {
    Watch watch = watches.get(anchorPodUid);
    if (watch == null) {
      throw new Refusal(RefusalReason.BAD_REQUEST, "no watch on this tap is under way");
    }
    try {
      watch.offerQueues();
    } catch (LinuxException e) {
      throw new Refusal(RefusalReason.FAILED, "the tap's queues cannot be detached", e);
    }
  }

  /**
   * Ends a watch, all restored a last time.
   *
   * @param keepQueues but for the queues, which stay as they are
   * @return how often the header's size had to be restored
   */
  public synchronized int end(String anchorPodUid, boolean keepQueues) {
    Watch watch = watches.remove(anchorPodUid);
    int restored = watch == null ? 0 : watch.end(keepQueues);
    try {
      // The first one's goes last: it says that a watch was left, and others would have to be held.
      for (int nic = Slots.MOST_NICS - 1; nic >= 0; nic--) {
        Files.deleteIfExists(kept(anchorPodUid, Slots.tap(nic)));
      }
    } catch (IOException e) {
      Log.warn("tap's state not forgotten", "error", String.valueOf(e.getMessage()));
    }
    return restored;
  }

  /** The first tap's file has been there before there were others. */
  private Path kept(String anchorPodUid, int slot) {
    return directory.resolve(slot == Slots.TAP ? anchorPodUid : anchorPodUid + "." + slot);
  }

  /**
   * What a tap is to be like.
   *
   * @param header bytes of the virtio header, held all the time
   * @param state all else but its queues, put back at the end
   * @param queues {@link #ATTACHED} or not, one character each; the first is always
   */
  private record Held(int header, Tap.State state, String queues) {
    boolean attached(int queue) {
      return queue < queues.length() && queues.charAt(queue) == ATTACHED;
    }

    int idle() {
      return (int) queues.chars().filter(queue -> queue == DETACHED).count();
    }
  }

  private Held toHold(Path file, List<Tap> queues) throws IOException {
    Tap tap = queues.getFirst();
    Tap.State now = tap.state();
    String attached = attached(queues);
    String kept = Files.exists(file) ? Files.readString(file) : "";
    if (!kept.isEmpty()) {
      String[] words = kept.split(" ", -1);
      return new Held(
          Integer.parseInt(words[0]),
          words.length < 3 ? now : new Tap.State(Integer.parseInt(words[1]), words[2]),
          words.length < 4 ? attached : words[3]);
    }
    int size = tap.vnetHeaderSize();
    String state = size + " " + now.sendBuffer() + " " + now.address();
    Files.createDirectories(directory);
    try {
      Files.writeString(file, queues.size() == 1 ? state : state + " " + attached);
    } catch (IOException full) {
      Files.deleteIfExists(file); // else there would be a name, and nothing to hold
      throw full;
    }
    return new Held(size, now, attached);
  }

  private static String attached(List<Tap> queues) throws LinuxException {
    var attached = new StringBuilder().append(ATTACHED);
    for (Tap further : queues.subList(1, queues.size())) {
      attached.append(further.isQueueAttached() ? ATTACHED : DETACHED);
    }
    return attached.toString();
  }

  /**
   * Ends all. A new QEMU that has the guest already has the same queues attached; one that has not
   * yet finds them attached, ends itself, and the guest stays where it is.
   */
  @Override
  public synchronized void close() {
    for (String anchor : List.copyOf(watches.keySet())) {
      end(anchor, false);
    }
  }

  /** A tap, as it is held: by its first queue all but the queues, which are held one by one. */
  private static final class Watched {
    private final List<Tap> queues;
    private final Held held;
    private final boolean[] again;

    Watched(List<Tap> queues, Held held) {
      this.queues = queues;
      this.held = held;
      this.again = new boolean[queues.size()];
    }

    /** Answers whether it had to be restored. */
    boolean holdHeader() throws LinuxException {
      Tap tap = queues.getFirst();
      if (tap.vnetHeaderSize() == held.header) {
        return false;
      }
      tap.setVnetHeaderSize(held.header);
      return true;
    }

    void holdQueues() throws LinuxException {
      for (int i = 1; i < queues.size(); i++) {
        Tap queue = queues.get(i);
        if (held.attached(i) && !again[i] && !queue.isQueueAttached()) {
          attach(queue, true);
          again[i] = true;
        }
      }
    }

    /** Unless whoever else holds it does so at this moment. */
    private static void attach(Tap queue, boolean on) throws LinuxException {
      try {
        queue.setQueueAttached(on);
      } catch (LinuxException e) {
        if (!e.is(Errno.EINVAL)) {
          throw e; // EINVAL: it is so already
        }
      }
    }

    void offerQueues() throws LinuxException {
      for (Tap queue : queues.subList(1, queues.size())) {
        if (queue.isQueueAttached()) {
          attach(queue, false);
        }
      }
    }

    /** One that was not used may be by now: the first QEMU has attached it itself. */
    void restoreQueues() throws LinuxException {
      for (int i = 1; i < queues.size(); i++) {
        Tap queue = queues.get(i);
        if (held.attached(i) && !queue.isQueueAttached()) {
          attach(queue, true);
        }
      }
    }

    void close() {
      queues.forEach(Tap::close);
    }
  }

  private static final class Watch {
    private final List<Watched> taps;
    private final Thread thread;
    private final AtomicInteger restored = new AtomicInteger();
    private volatile boolean ended;
    private boolean offered;

    Watch(String anchor, List<Watched> taps) {
      this.taps = List.copyOf(taps);
      this.thread = Thread.ofPlatform().daemon().name("tap-" + anchor).unstarted(this::run);
    }

    int idle() {
      return taps.stream().mapToInt(tap -> tap.held.idle()).sum();
    }

    private void run() {
      long begin = System.nanoTime();
      soonInTurn();
      try {
        while (!ended && System.nanoTime() - begin < LONGEST_NANOS) {
          for (Watched tap : taps) {
            holdHeader(tap);
          }
          holdQueues();
          LockSupport.parkNanos(EVERY_NANOS);
        }
        if (!ended) {
          for (Watched tap : taps) {
            putBack(tap); // nobody may ever end it
          }
        }
      } catch (LinuxException e) {
        Log.warn("tap not watched any more", "error", String.valueOf(e.getMessage()));
      }
    }

    private static void soonInTurn() {
      try {
        Slice.ofCallingThread(SLICE);
      } catch (LinuxException e) {
        Log.warn(
            "the tap's watch has no slice of its own", "error", String.valueOf(e.getMessage()));
      }
    }

    private void holdHeader(Watched tap) throws LinuxException {
      if (tap.holdHeader()) {
        restored.incrementAndGet();
      }
    }

    private synchronized void holdQueues() throws LinuxException {
      for (Watched tap : taps) {
        if (!offered) {
          tap.holdQueues();
        }
      }
    }

    synchronized void offerQueues() throws LinuxException {
      offered = true;
      for (Watched tap : taps) {
        tap.offerQueues();
      }
    }

    private void putBack(Watched tap) throws LinuxException {
      holdHeader(tap);
      tap.queues.getFirst().restore(tap.held.state);
    }

    int end(boolean keepQueues) {
      ended = true;
      LockSupport.unpark(thread);
      awaitEnd();
      for (Watched tap : taps) {
        end(tap, keepQueues);
      }
      return restored.get();
    }

    private void end(Watched tap, boolean keepQueues) {
      try {
        putBack(tap); // first: while it has a filter, an attach says that it is done, and is not
        if (!keepQueues && tap.queues.size() > 1) {
          tap.restoreQueues();
          putBack(tap); // again: a filter is taken off attached queues only
        }
      } catch (LinuxException e) {
        Log.warn("the tap is not put back", "error", String.valueOf(e.getMessage()));
      } finally {
        tap.close();
      }
    }

    /** Its thread uses the descriptors until then. */
    private void awaitEnd() {
      boolean interrupted = false;
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    void close() {
      taps.forEach(Watched::close);
    }
  }
}
