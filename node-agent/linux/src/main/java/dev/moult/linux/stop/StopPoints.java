package dev.moult.linux.stop;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Holds the calling thread where a test asked for it.
 *
 * <p>A point is armed for one VM by two FIFOs in the directory that {@value #VARIABLE} names:
 * {@code <point>.<vm uid>}, which its harness reads and gets a line from when the point is reached,
 * and {@code <point>.<vm uid>.go}, from which the held thread reads until the harness writes there
 * or goes away. A FIFO that nobody reads is no stop: what a dead harness left behind holds nobody.
 */
public final class StopPoints {
  /** The environment's name for the directory. */
  public static final String VARIABLE = "MOULT_STOP_POINTS";

  private static final StopPoints HERE = new StopPoints(directory(System.getenv(VARIABLE)));

  private final @Nullable Path directory;

  /** With the directory of its FIFOs; null holds nobody. */
  public StopPoints(@Nullable Path directory) {
    this.directory = directory;
  }

  private static @Nullable Path directory(@Nullable String name) {
    return name == null || name.isBlank() ? null : Path.of(name);
  }

  /** The thread has come to a point; returns at once unless a harness waits there. */
  public static void at(StopPoint point, String vmUid) {
    HERE.reached(point, vmUid);
  }

  /** As {@link #at}, for this directory. */
  public void reached(StopPoint point, String vmUid) {
    if (directory == null) {
      return;
    }
    hold(directory.resolve(point.fileName() + "." + vmUid));
  }

  private static void hold(Path fifo) {
    // NATIVE: non-blocking, a FIFO without a reader is ENXIO, and one that is not there ENOENT.
    try (Fd reached = Open.path(fifo, OpenFlag.WRITE_ONLY, OpenFlag.NON_BLOCKING)) {
      FileIo.write(reached, "reached\n".getBytes(StandardCharsets.US_ASCII));
    } catch (LinuxException e) {
      return;
    }
    Path go = fifo.resolveSibling(fifo.getFileName() + ".go");
    // NATIVE: blocks here until the harness has it open for writing, and then until it writes.
    try (Fd released = Open.path(go, OpenFlag.READ_ONLY)) {
      var unused = FileIo.read(released, 1);
    } catch (LinuxException e) {
      // Taken away meanwhile: go on.
    }
  }
}
