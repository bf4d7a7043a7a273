package dev.moult.agent.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jboss.logging.Logger;

/**
 * One hand per node: whoever holds the lock may act on its VMs. The kernel lets it go when the
 * process dies, however it does.
 */
public final class NodeLock implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(NodeLock.class);
  private static final long LOOK_AGAIN_MILLIS = 50;

  private final FileChannel channel;
  private final FileLock lock;

  private NodeLock(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Waits until no other agent of this node lives, then takes its place.
   *
   * @param path the lock file, on a file system that all agents of the node share; the broker makes
   *     it, so it may have to be waited for
   */
  public static NodeLock acquire(Path path) throws IOException, InterruptedException {
    FileChannel channel = open(path);
    try {
      return new NodeLock(channel, channel.lock());
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static FileChannel open(Path path) throws InterruptedException, IOException {
    boolean said = false;
    while (true) {
      try {
        return FileChannel.open(path, StandardOpenOption.WRITE);
      } catch (NoSuchFileException | AccessDeniedException e) {
        if (!said) {
          LOG.infof("waiting for the broker to make %s", path);
          said = true;
        }
        Thread.sleep(LOOK_AGAIN_MILLIS);
      }
    }
  }

  @Override
  public void close() throws IOException {
    lock.release();
    channel.close();
  }
}
