package dev.moult.e2e.faults;

import dev.moult.linux.stop.StopPoint;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One stop point, armed for one VM. It holds once; closing it lets go. */
final class Hold implements AutoCloseable {
  /** As the development cluster's node agent sees it too. */
  static final Path DIRECTORY = Path.of("/run/moult/stops");

  private final StopPoint point;
  private final Path reachedName;
  private final Path goName;
  // Open both ways, so that neither side waits in open and a harness that dies lets go.
  private final RandomAccessFile reached;
  private final RandomAccessFile go;
  private final CompletableFuture<Boolean> hit = new CompletableFuture<>();
  private boolean released;

  private Hold(StopPoint point, Path reachedName, Path goName) throws IOException {
    this.point = point;
    this.reachedName = reachedName;
    this.goName = goName;
    reached = fifo(reachedName);
    go = fifo(goName);
    Thread.ofPlatform().daemon().name("hold-" + point).start(this::read);
  }

  /** Arms it. */
  static Hold arm(StopPoint point, String vmUid) throws IOException {
    Files.createDirectories(DIRECTORY);
    var name = point.fileName() + "." + vmUid;
    return new Hold(point, DIRECTORY.resolve(name), DIRECTORY.resolve(name + ".go"));
  }

  private static RandomAccessFile fifo(Path path) throws IOException {
    Files.deleteIfExists(path);
    Machine.run("mkfifo", path.toString());
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
    return new RandomAccessFile(path.toFile(), "rw");
  }

  private void read() {
    try (reached) {
      boolean held = "reached".equals(reached.readLine());
      // Whoever takes over from the one that is held here is not to stop here too.
      Files.deleteIfExists(reachedName);
      hit.complete(held);
    } catch (IOException e) {
      hit.completeExceptionally(e);
    }
  }

  /**
   * Waits until somebody is held here.
   *
   * @return whether somebody is; false if it takes longer than the patience
   */
  boolean await(Duration patience) throws InterruptedException {
    try {
      if (!hit.get(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(point.fileName() + " was given up");
      }
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new AssertionError(point.fileName() + " cannot be read", e);
    }
  }

  StopPoint point() {
    return point;
  }

  /** Lets go. */
  synchronized void release() throws IOException {
    if (!released) {
      released = true;
      go.write('\n');
    }
  }

  @Override
  public void close() throws IOException {
    release();
    if (!hit.isDone()) {
      reached.write("given up\n".getBytes(StandardCharsets.US_ASCII));
    }
    Files.deleteIfExists(reachedName);
    Files.deleteIfExists(goName);
    go.close();
  }
}
