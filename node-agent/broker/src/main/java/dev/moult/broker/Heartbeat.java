package dev.moult.broker;

import dev.moult.broker.log.Log;
import dev.moult.broker.pod.Pods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;

/**
 * Shows that the broker is alive: each beat has gone through the loop on which everything waits,
 * and gives a file its name {@value #BEAT}. The container's probe renames it to {@value #SEEN},
 * which fails when there was no beat since it looked last: a broker that hangs is killed, and the
 * next one finds everything again. Renaming needs no room on a full file system, and no clock.
 */
final class Heartbeat implements AutoCloseable {
  static final String BEAT = "broker.beat";
  static final String SEEN = "broker.seen";
  private static final Duration EVERY = Duration.ofSeconds(2);

  private final Pods pods;
  private final Path directory;
  private final Thread thread;

  private Heartbeat(Pods pods, Path directory) {
    this.pods = pods;
    this.directory = directory;
    this.thread = Thread.ofPlatform().daemon().name("heartbeat").unstarted(this::run);
  }

  /** Begins; a file of neither name is made. */
  static Heartbeat start(Pods pods, Path directory) throws IOException {
    if (!Files.exists(directory.resolve(BEAT)) && !Files.exists(directory.resolve(SEEN))) {
      Files.createFile(directory.resolve(BEAT));
    }
    var heartbeat = new Heartbeat(pods, directory);
    heartbeat.thread.start();
    return heartbeat;
  }

  private void run() {
    try {
      while (true) {
        var unused = pods.list();
        beat();
        Thread.sleep(EVERY);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      Log.warn("no heartbeat any more", "error", e.toString());
    }
  }

  private void beat() throws IOException {
    try {
      Files.move(directory.resolve(SEEN), directory.resolve(BEAT), StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      // The last one was not looked at yet.
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
