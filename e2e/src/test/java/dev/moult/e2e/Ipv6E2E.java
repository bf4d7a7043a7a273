package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.Shell;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Debian behind a pod that has both kinds of addresses, as docs/examples/debian.yaml has it. */
@ExtendWith(Installed.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class Ipv6E2E {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String VM = "shop";
  private static final String GUEST = "fd10:0:2::2";

  private final TestNamespace namespace;
  private InetAddress address;
  private Shell shell;

  Ipv6E2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-ipv6");
  }

  @BeforeAll
  void boot(@TempDir Path directory) throws IOException, InterruptedException {
    Installed.run("images/load", "debian-disk");
    var key = directory.resolve("key");
    Shell.makeKey(key);
    namespace.apply(
        Files.readString(Installed.checkout().resolve("docs/examples/debian.yaml"))
            .replaceFirst(
                "ssh-ed25519 AAAA.*", Files.readString(directory.resolve("key.pub")).strip())
            .replace("request: 500m", "request: 200m"));
    var vm = namespace.await(VM, PATIENCE, v -> TestNamespace.isTrue(v, "Ready"));
    try (var console = Console.follow(namespace, VM)) {
      console.await(PATIENCE, line -> line.contains("Debian GNU/Linux 13 " + VM));
    }
    var ipv4 = new Shell(key, "debian@" + Objects.requireNonNull(vm.getStatus().address()));
    ipv4.run("cloud-init status --wait");
    address = addressOf(Objects.requireNonNull(namespace.pod(VM + "-anchor")));
    assumeTrue(address != null, "pods have no IPv6 in this cluster");
    // By IPv4: the guest asks for the other once its network is up.
    ipv4.run(
        "timeout 120 sh -c 'until ip -6 address show scope global | grep -q "
            + GUEST
            + "; do sleep 1; done'");
    shell = new Shell(key, "debian@" + address.getHostAddress());
  }

  private static InetAddress addressOf(Pod anchor) throws IOException {
    for (PodIP each : anchor.getStatus().getPodIPs()) {
      var parsed = InetAddress.ofLiteral(each.getIp());
      if (parsed instanceof Inet6Address) {
        return parsed;
      }
    }
    return null;
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  @Order(1)
  void theGuestIsToldItsAddressAndRouter() throws Exception {
    assertThat(shell.run("ip -o -6 address show scope global")).contains(" " + GUEST + "/128 ");
    assertThat(shell.run("ip -6 route show default")).contains("via fe80::1 ");
    assertThat(shell.run("ip -o -4 address show scope global")).contains(" 10.0.2.2/24 ");
    namespace.await(
        VM,
        PATIENCE,
        vm ->
            Objects.requireNonNull(vm.getStatus().guest()).interfaces().stream()
                .anyMatch(each -> each.addresses().contains(GUEST)));
  }

  @Test
  @Order(1)
  void itIsReachedAndSeenByItsPodsAddress() throws Exception {
    assertThat(whomTheNodeSees()).isEqualTo(address);
    try (var listener = shell.follow("python3 -u -m http.server --bind :: 8080")) {
      listener.awaitMore(1);

      assertThat(dials(22)).isTrue();
      assertThat(dials(8080)).as("a port that is not listed").isFalse();
    }
  }

  @Test
  @Order(2)
  void connectionsLiveThroughALiveUpdate() throws Exception {
    try (var remote = shell.follow("while sleep 0.2; do echo alive; done")) {
      remote.awaitMore(1);

      var update =
          namespace.update(VM, PATIENCE, () -> namespace.setImage(VM, "moult.local/qemu:11.1.3"));

      assertThat(update.getStatus().phase())
          .as("%s", update.getStatus())
          .isEqualTo(LiveUpdatePhase.COMPLETED);
      remote.awaitMore(5);
    }
    itIsReachedAndSeenByItsPodsAddress();
    theGuestIsToldItsAddressAndRouter();
  }

  /** The guest calls the node at the address from which the node called it. */
  private InetAddress whomTheNodeSees() throws Exception {
    try (var server = new ServerSocket()) {
      server.bind(new InetSocketAddress("::", 0));
      server.setSoTimeout(60_000);
      var caller =
          new FutureTask<>(
              (Callable<InetAddress>)
                  () -> {
                    try (var taken = server.accept()) {
                      return taken.getInetAddress();
                    }
                  });
      Thread.ofVirtual().start(caller);
      shell.run(
          ("python3 -c 'import os, socket;"
                  + " socket.create_connection((os.environ[\"SSH_CONNECTION\"].split()[0], %d), 20)'")
              .formatted(server.getLocalPort()));
      return caller.get(1, TimeUnit.MINUTES);
    }
  }

  private boolean dials(int port) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), 3_000);
      return true;
    } catch (IOException shut) {
      return false;
    }
  }
}
