package dev.moult.e2e.scenario;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.NodeView;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.EchoConnection;
import dev.moult.e2e.guest.GuestServices;
import dev.moult.e2e.guest.UdpPing;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * A live update that is watched from all sides: from inside the guest, from the network, from the
 * node and from the API. Made before the update, it holds a TCP connection open and pings while the
 * update runs.
 */
public final class WatchedUpdate implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final TestNamespace namespace;
  private final String vmName;
  private final GuestServices guest;
  private final EchoConnection connection;
  private final GuestServices.Uptime uptimeBefore;
  private final VirtualMachine before;

  /** Looks at the guest as it is and connects to it. */
  public WatchedUpdate(TestNamespace namespace, String vm) throws IOException {
    this.namespace = namespace;
    this.vmName = vm;
    this.before = namespace.vm(vm).require();
    this.guest = services(before);
    this.connection = guest.connect();
    this.uptimeBefore = guest.uptime();
    if (!connection.echoes()) {
      throw new IOException("the guest's echo service does not echo");
    }
  }

  /** The guest's services at the address of a virtual machine. */
  public static GuestServices services(VirtualMachine vm) throws IOException {
    return new GuestServices(InetAddress.getByName(addressOf(vm)));
  }

  /**
   * All that was seen.
   *
   * @param update the update as it ended
   * @param applyToEnd wall clock from the request to the end of the update, seen through the API
   * @param ramInodeBefore inode of the guest's memory in the old QEMU, by the node
   * @param ramInodeAfter the same in the new one
   * @param shmemGrowth by how many bytes the node's shared memory had grown after the update
   */
  public record Result(
      LiveUpdate update,
      VirtualMachine before,
      VirtualMachine after,
      Duration applyToEnd,
      GuestServices.Uptime uptimeBefore,
      GuestServices.Uptime uptimeAfter,
      GuestServices.Verified memory,
      boolean connectionAlive,
      UdpPing.Result ping,
      long ramInodeBefore,
      long ramInodeAfter,
      long shmemGrowth) {

    /** Whether the guest after the update is the one from before: same boot, clock gone on. */
    public boolean sameGuest() {
      return uptimeAfter.bootId().equals(uptimeBefore.bootId())
          && uptimeAfter.seconds() > uptimeBefore.seconds();
    }
  }

  /**
   * Runs the update while watching.
   *
   * @param request asks for the update: a change of the spec, or a new LiveUpdate
   */
  public Result run(Runnable request) throws IOException, InterruptedException {
    long shmem = NodeView.shmemBytes();
    long inodeBefore = NodeView.ramInode(vmmPodUid(before));
    long started;
    Duration applyToEnd;
    LiveUpdate update;
    UdpPing.Result ping;
    try (var udp = UdpPing.start(InetAddress.getByName(addressOf(before)))) {
      started = System.nanoTime();
      update = namespace.update(vmName, PATIENCE, request);
      applyToEnd = Duration.ofNanos(System.nanoTime() - started);
      ping = udp.stop();
    }
    long growth = NodeView.shmemBytes() - shmem;
    var pod = Objects.requireNonNull(Objects.requireNonNull(update.getStatus()).handoff());
    var after = awaitAgreement(pod.verdict() != null);
    return new Result(
        update,
        before,
        after,
        applyToEnd,
        uptimeBefore,
        guest.uptime(),
        guest.verify(),
        alive(),
        ping,
        inodeBefore,
        NodeView.ramInode(vmmPodUid(after)),
        growth);
  }

  private VirtualMachine awaitAgreement(boolean verdictKnown) {
    Supplier<VirtualMachine> now = () -> namespace.vm(vmName).require();
    return verdictKnown
        ? namespace.await(vmName, PATIENCE, vm -> TestNamespace.isTrue(vm, "Ready"))
        : now.get();
  }

  private boolean alive() {
    try {
      return connection.echoes();
    } catch (IOException broken) {
      return false;
    }
  }

  private String vmmPodUid(VirtualMachine vm) {
    var name = Objects.requireNonNull(Objects.requireNonNull(vm.getStatus().vmm()).pod());
    return Objects.requireNonNull(namespace.pod(name), name).getMetadata().getUid();
  }

  private static String addressOf(VirtualMachine vm) {
    return Objects.requireNonNull(vm.getStatus().address(), "status.address");
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
