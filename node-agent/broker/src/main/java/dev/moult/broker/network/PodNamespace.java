package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import dev.moult.broker.pod.PodProcess;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Open;
import dev.moult.linux.net.NetworkNamespace;
import dev.moult.linux.process.ProcDirectory;
import dev.moult.wire.RefusalReason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** Work in a pod's network namespace, which is never the node's. */
final class PodNamespace {
  private static final Path OURS = Path.of("/proc/self/ns/net");
  private static final Path MACHINE_WIDE = Path.of("/proc/sys/net/core/netdev_budget");
  private static final Path NODES = Path.of("/proc/1/ns/net");

  private PodNamespace() {}

  /**
   * Runs work in the network namespace of a pod's process.
   *
   * @throws Refusal BAD_REQUEST for a pod in the node's network: taking down its links would cut
   *     off the node
   */
  static <T> T call(PodProcess pod, Callable<T> work) throws Refusal {
    try (ProcDirectory proc = ProcDirectory.of(pod.process());
        Fd namespace = proc.networkNamespace()) {
      FileStat its = FileStat.of(namespace);
      if (isSame(its, OURS) || isSame(its, NODES)) {
        throw foreign(pod);
      }
      return NetworkNamespace.call(
          namespace,
          () -> {
            if (isFirst()) {
              throw foreign(pod);
            }
            return work.call();
          });
    } catch (Refusal e) {
      throw e;
    } catch (LinuxException e) {
      throw new Refusal(
          e.isNoProcess() ? RefusalReason.GONE : RefusalReason.NETWORK_FAILED,
          "the network of pod " + pod.expect().podUid() + " cannot be set up",
          e);
    } catch (Exception e) {
      throw new Refusal(
          RefusalReason.NETWORK_FAILED,
          "the network of pod " + pod.expect().podUid() + " cannot be set up: " + e);
    }
  }

  private static Refusal foreign(PodProcess pod) {
    return new Refusal(
        RefusalReason.BAD_REQUEST,
        "pod " + pod.expect().podUid() + " has no network namespace of its own");
  }

  private static boolean isSame(FileStat its, Path other) throws LinuxException {
    try (Fd namespace = Open.path(other)) {
      return FileStat.of(namespace).isSameFileAs(its);
    } catch (LinuxException e) {
      if (e.isNotPermitted()) {
        return false; // the node's init has rights we lack: the look from inside has to do
      }
      throw e;
    }
  }

  /** Only the kernel's first network namespace has the switches of the whole machine. */
  private static boolean isFirst() {
    return Files.exists(MACHINE_WIDE);
  }
}
