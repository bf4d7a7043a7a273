package dev.moult.linux.net;

import com.sun.jna.LastErrorException;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.Open;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Work inside another network namespace: on a fresh platform thread that enters it and ends with
 * the work, so that no pooled thread is ever left in a pod's namespace. Needs CAP_SYS_ADMIN.
 */
public final class NetworkNamespace {
  private NetworkNamespace() {}

  /**
   * Runs work in a namespace and waits for it. A process the work starts is inside too; a thread it
   * starts would be as well, and stay there: do not start any, directly or by a pool.
   *
   * @param namespace {@code /proc/<pid>/ns/net} of a process proved to be the one meant, borrowed
   * @throws LinuxException when the namespace cannot be entered
   * @throws Exception what the work threw
   */
  public static <T> T call(Fd namespace, Callable<T> work) throws Exception {
    return onOwnThread(() -> {
      try {
        NamespaceNative.setns(namespace.number(), NetAbi.CLONE_NEWNET);
      } catch (LastErrorException e) {
        throw LinuxException.from("setns(CLONE_NEWNET)", e);
      }
      return work.call();
    });
  }

  /** A new, empty namespace; it lasts as long as the descriptor or a process in it. */
  public static Fd create() throws Exception {
    return onOwnThread(() -> {
      try {
        NamespaceNative.unshare(NetAbi.CLONE_NEWNET);
      } catch (LastErrorException e) {
        throw LinuxException.from("unshare(CLONE_NEWNET)", e);
      }
      return Open.path(Path.of("/proc/thread-self/ns/net"));
    });
  }

  private static <T> T onOwnThread(Callable<T> work) throws Exception {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = Thread.ofPlatform().daemon().name("moult-netns").start(task);
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    } catch (InterruptedException e) {
      thread.interrupt();
      throw e;
    }
  }
}
