package dev.moult.agent.journal;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import java.nio.file.Path;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One hand per node: whoever holds the flock may act on its VMs. The kernel lets it go when the
 * process dies, however it does.
 */
public final class NodeLock implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(NodeLock.class);
  private static final long LOOK_AGAIN_MILLIS = 50;

  private final Fd file;

  private NodeLock(Fd file) {
    this.file = file;
  }

  /**
   * Waits until no other agent of this node lives, then takes its place.
   *
   * @param path the lock file, on a file system that all agents of the node share; the broker makes
   *     it, so it may have to be waited for
   */
  public static NodeLock acquire(Path path) throws LinuxException, InterruptedException {
    String waitsFor = "";
    while (true) {
      NodeLock lock = attempt(path);
      if (lock != null) {
        return lock;
      }
      String now = java.nio.file.Files.exists(path) ? "another agent to end" : "the broker";
      if (!now.equals(waitsFor)) {
        LOG.infof("waiting for %s lock=%s", now, path);
        waitsFor = now;
      }
      // flock has no wait with an end, and a file that is not there yet none at all.
      Thread.sleep(LOOK_AGAIN_MILLIS);
    }
  }

  private static @Nullable NodeLock attempt(Path path) throws LinuxException {
    Fd file;
    try {
      file = Open.path(path, OpenFlag.READ_WRITE);
    } catch (LinuxException e) {
      if (e.isNoEntry() || e.isNotPermitted()) {
        return null;
      }
      throw e;
    }
    if (FileControl.tryLock(file)) {
      return new NodeLock(file);
    }
    file.close();
    return null;
  }

  @Override
  public void close() {
    file.close();
  }
}
