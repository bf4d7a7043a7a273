package dev.moult.broker.pod;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.mount.DetachedMount;
import dev.moult.linux.mount.Mount;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The broker's socket in a pod's emptyDir. The pod may write there what it likes, so nothing in it
 * is ever opened, read, linked or changed by name: the directory is held by a descriptor, the
 * socket's mode is set before it has a name, and the only names touched are removed or made.
 *
 * <p>A socket keeps the mount busy that it was bound through. So that is a clone of its own: the
 * kubelet can unmount the volume of a pod that ends without waiting for anybody.
 */
final class PodSocket implements AutoCloseable {
  private static final String VOLUME = "/volumes/kubernetes.io~empty-dir/moult";
  private static final String NAME = "agent.sock";

  /**
   * The pod's own uid must be able to dial, and the file belongs to root: who dials is proved by
   * pidfd, not by these bits.
   */
  private static final int MODE = 0666;

  private static final int BACKLOG = 4;

  private final Fd directory;
  private final UnixListener listener;

  private PodSocket(Fd directory, UnixListener listener) {
    this.directory = directory;
    this.listener = listener;
  }

  /**
   * Binds in a pod's emptyDir.
   *
   * @param pods the kubelet's directory of pods
   * @param mounts the mount table now
   * @return null when the emptyDir is not mounted yet
   */
  static @Nullable PodSocket bind(Path pods, String podUid, List<Mount> mounts)
      throws LinuxException {
    Mount mount = mountOf(pods + "/" + podUid + VOLUME, mounts);
    if (mount == null) {
      return null;
    }
    Fd directory;
    try (Fd seen = open(pods, podUid)) {
      // What was opened is that mount, and not what a race may have put in its place.
      if (!FileStat.of(seen).device().equals(mount.device())) {
        return null;
      }
      directory = DetachedMount.of(seen);
    }
    try {
      FileControl.unlinkIfThere(directory, NAME); // of a broker before this one
      return new PodSocket(
          directory, UnixListener.bind(UnixSocket.Type.SEQPACKET, directory, NAME, MODE, BACKLOG));
    } catch (LinuxException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /** The tmpfs at a path; of several over each other, the last is on top. */
  private static @Nullable Mount mountOf(String path, List<Mount> mounts) {
    Mount found = null;
    for (Mount mount : mounts) {
      if (mount.mountPoint().equals(path)) {
        found = mount;
      }
    }
    return found != null && found.fileSystem().equals("tmpfs") ? found : null;
  }

  private static Fd open(Path pods, String podUid) throws LinuxException {
    try (Fd root = Open.path(pods, OpenFlag.PATH, OpenFlag.DIRECTORY)) {
      return Open.at(root, podUid + VOLUME, Open.UNTRUSTED, OpenFlag.PATH, OpenFlag.DIRECTORY);
    }
  }

  UnixListener listener() {
    return listener;
  }

  /** Closes the socket and removes its name. */
  @Override
  public void close() {
    listener.close();
    try {
      FileControl.unlinkIfThere(directory, NAME);
    } catch (LinuxException e) {
      // A pod that made a directory of that name keeps it: the emptyDir goes with the pod.
    }
    directory.close();
  }
}
