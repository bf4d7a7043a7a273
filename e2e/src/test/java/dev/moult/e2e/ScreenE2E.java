package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.moult.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The screen of a guest through the API server; the guest is a BIOS that finds nothing to boot. */
@ExtendWith(Installed.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ScreenE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int MOMENT_MILLIS = 30_000;
  private static final String VM = "screen";

  /** SeaBIOS's banner and "No bootable device." are some thousand pixels of text. */
  private static final int SOME_TEXT = 500;

  /** It blinks: more pixels than it has. */
  private static final int CURSOR = 64;

  private final TestNamespace namespace;
  private final Plugin plugin;

  ScreenE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-screen");
    plugin = new Plugin(namespace.name());
  }

  @BeforeAll
  void boot() {
    namespace.apply(
        """
        apiVersion: moult.dev/v1alpha1
        kind: VirtualMachine
        metadata: {name: screen}
        spec:
          cpu: {cores: 1, request: 50m}
          memory: {size: 128Mi}
          vmm: {image: "moult.local/qemu:10.0.2"}
          updatePolicy: {type: Manual}
          boot: {firmware: BIOS}
          disks: [{name: empty, emptyDisk: {capacity: 8Mi}}]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: looks}
        rules: [{apiGroups: [moult.dev], resources: [virtualmachines], verbs: [get]}]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: looks}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: looks}
        subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}]
        """);
    var unused = namespace.await(VM, PATIENCE, vm -> TestNamespace.isTrue(vm, "Updatable"));
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  @Order(1)
  void aPictureShowsWhatTheFirmwareWrote(@TempDir Path directory) throws Exception {
    assertThat(lit(directory)).isGreaterThan(SOME_TEXT);
  }

  @Test
  @Order(2)
  void whoMayNotForwardAPortSeesNothing() throws Exception {
    var run = plugin.run("screenshot", VM, "--as", "jane", "-o", "-");

    assertThat(run.code()).isOne();
    assertThat(run.output()).contains("you may not forward a port", "pods/portforward");
  }

  @Test
  @Order(3)
  void aViewerFindsTheSameScreenAfterAnUpdateAtTheSamePort(@TempDir Path directory)
      throws Exception {
    var proxy = plugin.start("vnc", VM, "--proxy-only");
    try {
      var said = new Output(proxy.getInputStream());
      said.await("\n");
      int port = port(said);
      try (var viewer = viewer(port)) {
        int before = lit(directory);
        namespace.setImage(VM, "moult.local/qemu:11.1.3");
        var unused =
            namespace.await(
                VM,
                PATIENCE,
                vm -> "moult.local/qemu:11.1.3".equals(vm.getStatus().vmm().desiredImage()));

        var update = plugin.run("update", VM, "--wait");

        assertThat(update.code()).as(update.output()).isZero();
        assertThat(isEnded(viewer)).isTrue();
        said.await("the screen went away");
        viewer(port).close();
        assertThat(lit(directory)).isCloseTo(before, within(CURSOR));
      }
    } finally {
      proxy.destroy();
    }
  }

  private static int port(Output said) {
    return Integer.parseInt(
        said.all().replaceFirst("(?s).*vnc://127\\.0\\.0\\.1:([0-9]+).*", "$1"));
  }

  /** A viewer's connection, greeted by QEMU. */
  private static Socket viewer(int port) throws IOException {
    var socket = new Socket("127.0.0.1", port);
    socket.setSoTimeout(MOMENT_MILLIS);
    assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
        .isEqualTo("RFB 003.008\n");
    return socket;
  }

  private static boolean isEnded(Socket viewer) throws IOException {
    try {
      return viewer.getInputStream().read() < 0;
    } catch (SocketException e) {
      return true;
    }
  }

  /** How many pixels of the guest's screen are not black, by the plugin's own picture. */
  private int lit(Path directory) throws Exception {
    Path file = directory.resolve("screen.png");
    var run = plugin.run("screenshot", VM, "-o", file.toString());
    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output()).contains("written: ");
    var picture = ImageIO.read(file.toFile());
    int[] pixels =
        picture.getRGB(0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth());
    return (int) IntStream.of(pixels).filter(pixel -> (pixel & 0xffffff) != 0).count();
  }
}
