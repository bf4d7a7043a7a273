package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.guest.GuestServices;
import dev.moult.e2e.guest.Shell;
import dev.moult.e2e.scenario.WatchedUpdate;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two guests that have their pods' own addresses: one whose kernel is told it, and Debian, which
 * asks by DHCP and lists a port.
 */
@ExtendWith(Installed.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class BridgeE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String TOLD = "told";
  private static final String ASKS = "shop";

  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: told}
      spec:
        selector: {moult.dev/vm: told, moult.dev/role: anchor}
        ports: [{name: uptime, port: 80, targetPort: 7780}]
      """;

  private final TestNamespace namespace;
  private Service service;
  private Shell shell;

  BridgeE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-bridge");
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
            .replace("binding: Masquerade", "binding: Bridge")
            .replace("request: 500m", "request: 200m"));
    namespace.boot(
        TOLD,
        ExampleVm.manifest(
            Installed.checkout(),
            TOLD,
            yaml ->
                yaml.replace("binding: Masquerade", "binding: Bridge")
                    .replaceFirst(" ip=\\S+", "")),
        PATIENCE);
    service =
        namespace
            .client()
            .resource(Serialization.unmarshal(SERVICE, Service.class))
            .inNamespace(namespace.name())
            .create();
    try (var console = Console.follow(namespace, ASKS)) {
      console.await(PATIENCE, line -> line.contains("Debian GNU/Linux 13 shop"));
    }
    shell = new Shell(key, "debian@" + address(ASKS));
    shell.run("cloud-init status --wait");
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  @Order(1)
  void theGuestsAddressIsThePods() throws Exception {
    var vm = namespace.vm(ASKS).require();
    var frozen = Objects.requireNonNull(vm.getStatus().machine());

    assertThat(address(TOLD)).isEqualTo(anchor(TOLD).getStatus().getPodIP());
    assertThat(address(ASKS)).isEqualTo(anchor(ASKS).getStatus().getPodIP());
    assertThat(shell.run("ip -o -4 address show scope global"))
        .contains(" " + address(ASKS) + "/16 ");
    assertThat(shell.run("ip -o link show")).contains("link/ether " + frozen.macAddress());
    assertThat(shell.run("ip route show default")).contains("via 10.85.0.1 ");
    assertThat(shell.run("resolvectl dns")).contains(namespace.nameServer(ASKS));
  }

  @Test
  @Order(1)
  void itIsReachedFromAnotherPodAndThroughAService() throws Exception {
    // The other guest is as any pod is to this one.
    assertThat(ask(address(TOLD), GuestServices.UPTIME)).contains("boot_id=");
    assertThat(ask(service.getSpec().getClusterIP(), 80)).contains("boot_id=");
    assertThat(new GuestServices(InetAddress.getByName(address(TOLD))).uptime().bootId())
        .isNotEmpty();
  }

  @Test
  @Order(1)
  void thePortsThatItListsAreOpenAndNoOthers() throws Exception {
    try (var listener = shell.follow("python3 -u -m http.server 8080")) {
      listener.awaitMore(1);

      assertThat(shell.run(dial("127.0.0.1", 8080))).isEqualTo("open");
      assertThat(dials(address(ASKS), 22)).isTrue();
      assertThat(dials(address(ASKS), 8080)).isFalse();
    }
  }

  @Test
  @Order(2)
  void connectionsLiveThroughALiveUpdate() throws Exception {
    try (var watched = new WatchedUpdate(namespace, TOLD);
        var remote = shell.follow("while sleep 0.2; do echo alive; done")) {
      remote.awaitMore(1);
      var mac = macAddress(TOLD);

      var seen = watched.run(() -> namespace.setImage(TOLD, "moult.local/qemu:11.1.3"));

      assertThat(seen.update().getStatus().phase())
          .as("%s", seen.update().getStatus())
          .isEqualTo(LiveUpdatePhase.COMPLETED);
      assertThat(seen.sameGuest()).isTrue();
      assertThat(seen.connectionAlive()).isTrue();
      assertThat(seen.ping().lost()).isLessThan(seen.ping().sent() / 4);
      assertThat(seen.after().getStatus().address()).isEqualTo(seen.before().getStatus().address());
      assertThat(macAddress(TOLD)).isEqualTo(mac);
      itIsReachedFromAnotherPodAndThroughAService();

      var update = namespace.update(ASKS, PATIENCE, () -> namespace.force("shop-again", ASKS));
      assertThat(update.getStatus().phase())
          .as("%s", update.getStatus())
          .isEqualTo(LiveUpdatePhase.COMPLETED);
      remote.awaitMore(5);
      theGuestsAddressIsThePods();
    }
  }

  private String ask(String address, int port) throws Exception {
    return shell.run(
        "python3 -c 'import socket; print(socket.create_connection((\"%s\", %d), 20).makefile().read())'"
            .formatted(address, port));
  }

  private static String dial(String address, int port) {
    return "python3 -c 'import socket; socket.create_connection((\"%s\", %d), 5); print(\"open\")'"
        .formatted(address, port);
  }

  private static boolean dials(String address, int port) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), 3_000);
      return true;
    } catch (IOException shut) {
      return false;
    }
  }

  private Pod anchor(String vm) {
    return Objects.requireNonNull(namespace.pod(vm + "-anchor"));
  }

  private String address(String vm) {
    return Objects.requireNonNull(namespace.vm(vm).require().getStatus().address());
  }

  private String macAddress(String vm) {
    VirtualMachine now = namespace.vm(vm).require();
    return Objects.requireNonNull(now.getStatus().machine()).macAddress();
  }
}
