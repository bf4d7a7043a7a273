package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import dev.moult.broker.log.Log;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.net.Tap;
import dev.moult.linux.process.Slice;
import dev.moult.wire.RefusalReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Holds the size of the virtio header on taps that two QEMUs share: the second one's start sets it
 * to 10 three times within about 50 ms, while the first sends 12, and packets would be lost. At the
 * end all else is put back too that a hostile one may have changed.
 */
public final class TapWatches implements AutoCloseable {
  /** Twice as often cost the guest 0.5 to 1.2 ms of pause on two cores, and saved no packet. */
  private static final long EVERY_NANOS = 600_000;

  /** The shortest that the kernel gives: who looks late lets packets be lost. */
  private static final Duration SLICE = Duration.ofNanos(100_000);

  /** A watch whose agent never came back ends by itself. */
  private static final long LONGEST_NANOS = 120_000_000_000L;

  private final Path directory;
  private final Map<String, Watch> watches = new HashMap<>();

  /**
   * No watches yet.
   *
   * @param directory where the sizes to hold are kept, so that the next broker can put back what
   *     this one no longer could; made when needed
   */
  public TapWatches(Path directory) {
    this.directory = directory;
  }

  /** Whether a broker before this one began a watch that was never ended. */
  public synchronized boolean isLeft(String anchorPodUid) {
    return !watches.containsKey(anchorPodUid) && Files.exists(directory.resolve(anchorPodUid));
  }

  /**
   * Begins to hold the size that the tap has now, or had when a watch began that was never ended; a
   * watch under way goes on. Adopts the tap.
   */
  public synchronized int begin(String anchorPodUid, Fd tap) throws Refusal {
    Watch running = watches.get(anchorPodUid);
    if (running != null && running.thread.isAlive()) {
      tap.close();
      return running.restored.get();
    }
    try {
      var adopted = Tap.adopt(tap);
      var watch = new Watch(anchorPodUid, adopted, toHold(anchorPodUid, adopted));
      watches.put(anchorPodUid, watch);
      watch.thread.start();
      return 0;
    } catch (IOException e) {
      tap.close();
      throw new Refusal(
          RefusalReason.FAILED, "the tap's header size cannot be read or kept: " + e.getMessage());
    }
  }

  /** Ends a watch, the size restored a last time; answers how often it had to be. */
  public synchronized int end(String anchorPodUid) {
    Watch watch = watches.remove(anchorPodUid);
    int restored = watch == null ? 0 : watch.end();
    try {
      Files.deleteIfExists(directory.resolve(anchorPodUid));
    } catch (IOException e) {
      Log.warn("tap's size not forgotten", "error", String.valueOf(e.getMessage()));
    }
    return restored;
  }

  /**
   * What a tap is to be like.
   *
   * @param header bytes of the virtio header, held all the time
   * @param state all else, put back at the end
   */
  private record Held(int header, Tap.State state) {}

  private Held toHold(String anchorPodUid, Tap tap) throws IOException {
    Path file = directory.resolve(anchorPodUid);
    Tap.State now = tap.state();
    String kept = Files.exists(file) ? Files.readString(file) : "";
    if (!kept.isEmpty()) {
      String[] words = kept.split(" ", -1);
      return new Held(
          Integer.parseInt(words[0]),
          words.length < 3 ? now : new Tap.State(Integer.parseInt(words[1]), words[2]));
    }
    int size = tap.vnetHeaderSize();
    Files.createDirectories(directory);
    try {
      Files.writeString(file, size + " " + now.sendBuffer() + " " + now.address());
    } catch (IOException full) {
      Files.deleteIfExists(file); // else there would be a name, and nothing to hold
      throw full;
    }
    return new Held(size, now);
  }

  @Override
  public synchronized void close() {
    for (String anchor : List.copyOf(watches.keySet())) {
      end(anchor);
    }
  }

  private static final class Watch {
    private final Tap tap;
    private final int size;
    private final Tap.State state;
    private final Thread thread;
    private final AtomicInteger restored = new AtomicInteger();
    private volatile boolean ended;

    Watch(String anchor, Tap tap, Held held) {
      this.tap = tap;
      this.size = held.header;
      this.state = held.state;
      this.thread = Thread.ofPlatform().daemon().name("tap-" + anchor).unstarted(this::run);
    }

    private void run() {
      long begin = System.nanoTime();
      soonInTurn();
      try {
        while (!ended && System.nanoTime() - begin < LONGEST_NANOS) {
          restore();
          LockSupport.parkNanos(EVERY_NANOS);
        }
        restore();
        tap.restore(state);
      } catch (LinuxException e) {
        Log.warn("tap not watched any more", "error", String.valueOf(e.getMessage()));
      } finally {
        tap.close();
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

    private void restore() throws LinuxException {
      if (tap.vnetHeaderSize() != size) {
        tap.setVnetHeaderSize(size);
        restored.incrementAndGet();
      }
    }

    int end() {
      ended = true;
      LockSupport.unpark(thread);
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return restored.get();
    }
  }
}
