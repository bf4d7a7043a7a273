package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** The kubectl plugin, from its archive, as somebody at a terminal uses it. */
@ExtendWith(Installed.class)
@Isolated
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class PluginE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String VM = "plug";
  private static final String JAVA_HOME = System.getProperty("java.home");
  private static final String ESCAPE = "\u001d";

  /** A library was seen not to notice one cut in about twenty. */
  private static final int CUTS = 30;

  private final TestNamespace namespace;

  PluginE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-plugin");
  }

  @BeforeAll
  void halted() throws IOException {
    namespace.apply(
        ExampleVm.manifest(
            Installed.checkout(),
            VM,
            yaml ->
                yaml.replace(
                    "spec:\n", "spec:\n  runStrategy: Halted\n  updatePolicy: {type: Manual}\n")));
    namespace.apply(
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: lists}
        rules: [{apiGroups: [moult.dev], resources: [virtualmachines], verbs: [list]}]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: lists}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: lists}
        subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}]
        """);
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  @Order(1)
  void startBringsTheGuestUp() throws Exception {
    var run = moult("start", VM, "--wait");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output())
        .contains("spec.runStrategy: Halted -> Always", "virtualmachine.moult.dev/plug running");
    namespace.await(VM, PATIENCE, vm -> TestNamespace.isTrue(vm, "Updatable"));
  }

  @Test
  @Order(2)
  void preflightSaysThatItCanBeUpdated() throws Exception {
    namespace.setImage(VM, "moult.local/qemu:11.1.3");
    namespace.await(
        VM, PATIENCE, vm -> "moult.local/qemu:11.1.3".equals(vm.getStatus().vmm().desiredImage()));

    var run = moult("preflight", VM);

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output())
        .contains("plug: updatable", "running: QEMU 10.0.2", "wished:  moult.local/qemu:11.1.3");
  }

  @Test
  @Order(3)
  void updateTellsItsSteps() throws Exception {
    var run = moult("update", VM, "--wait");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output())
        .contains("GuestStopped", "GuestResumed", "OldPodDeleted")
        .containsPattern("Completed: the guest stood still for [0-9.]+ms; QEMU 10.0.2.* -> 11.1.3");
    System.out.println(run.output());
  }

  @Test
  @Order(4)
  void updateWithNothingToDoEndsWithOne() throws Exception {
    var run = moult("update", VM, "--wait");

    assertThat(run.code()).as(run.output()).isOne();
    assertThat(run.output()).contains("Refused (NothingToDo)");
  }

  @Test
  @Order(5)
  void updateGoesOnWithoutItsWatcher() throws Exception {
    // Whoever runs the tests in the background ignores SIGINT, and so would what they start.
    var process =
        Plugin.start(
            List.of(
                "env",
                "--default-signal=INT",
                Plugin.path(),
                "update",
                VM,
                "--wait",
                "--force",
                "-n",
                name()));
    var seen = new Output(process.getInputStream());
    seen.await("created"); // it takes a second or two from here to its end
    // What Ctrl-C sends.
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();

    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(130);
    seen.await("goes on without you");
    var forced =
        namespace.awaitUpdateOf(VM, PATIENCE, u -> u.getSpec().force() && TestNamespace.ended(u));
    assertThat(forced.getStatus().phase()).isEqualTo(LiveUpdatePhase.COMPLETED);
  }

  @Test
  @Order(6)
  void historyListsThemAll() throws Exception {
    var run = moult("history", VM);

    assertThat(run.code()).as(run.output()).isZero();
    var lines = run.output().lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.get(1))
        .containsPattern("plug +20.* 10.0.2\\S* +11.1.3\\S* +[0-9.]+ms +Completed");
    assertThat(lines.get(2)).contains("Refused", "NothingToDo");
    assertThat(lines.get(3)).contains("Completed");
  }

  @Test
  @Order(7)
  void topShowsWhatTheGuestUses() throws Exception {
    // Of a guest that idles the kernel counts nothing in some seconds: it counts by hundredths.
    var run = moult("top", VM, "--interval", "10s");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output().lines().toList()).as(run.output()).hasSize(2);
    assertThat(run.output())
        .startsWith("NAME ")
        .containsPattern(
            "plug +[1-9][0-9]*m +[0-9]+% +512Mi +[1-9][0-9]*Mi +- +- +[0-9]\\S* +[0-9]");
    System.out.println(run.output());
  }

  @Test
  @Order(8)
  void topNamesThePermissionThatIsMissing() throws Exception {
    var run = moult("top", VM, "--as", "jane");

    assertThat(run.code()).as(run.output()).isOne();
    assertThat(run.output())
        .contains(
            "you may not list pods in namespace \"moult-system\" (you are \"jane\")",
            "resources: [\"pods\"], verbs: [\"list\"]");
  }

  @Test
  @Order(9)
  void theConsoleOutlivesAnUpdateAndALostConnectionAndGivesTheTerminalBack() throws Exception {
    try (var relay = new Relay(server());
        var terminal = Terminal.of(console(), environment(relay))) {
      terminal.await("ends it");
      answers(terminal);

      assertThat(moult("update", VM, "--wait", "--force").code()).isZero();
      answers(terminal);
      assertThat(terminal.all()).doesNotContain("is away");

      for (int cut = 0; cut < CUTS; cut++) {
        terminal.forget();
        terminal.type("uptime\r");
        terminal.await("boot_id=");
        relay.cut();
        terminal.await("is away");
        terminal.await("is back");
      }
      terminal.forget();
      relay.cutUntilAskedFor(5);
      terminal.await("is back");
      answers(terminal);

      terminal.type(ESCAPE);
      assertThat(terminal.exitCode()).as(Console.printable(terminal.all())).isZero();
      assertThat(terminal.settings()).hasSize(2);
      assertThat(terminal.settings().getLast()).isEqualTo(terminal.settings().getFirst());
    }
  }

  @Test
  @Order(10)
  void aConsoleThatIsTerminatedGivesTheTerminalBack() throws Exception {
    try (var terminal = Terminal.of(console(), Map.of("JAVA_HOME", JAVA_HOME))) {
      terminal.await("tick ");

      terminal.java().destroy();

      assertThat(terminal.exitCode()).isEqualTo(128 + 15);
      assertThat(terminal.settings().getLast()).isEqualTo(terminal.settings().getFirst());
    }
  }

  @Test
  @Order(11)
  void theConsoleFollowsTheGuestIntoItsNextRun() throws Exception {
    var before = namespace.vm(VM).get().getStatus().runID();
    try (var terminal = Terminal.of(console(), Map.of("JAVA_HOME", JAVA_HOME))) {
      terminal.await("tick ");

      assertThat(moult("stop", VM, "--wait").code()).isZero();
      terminal.await("is away");
      assertThat(moult("start", VM, "--wait").code()).isZero();

      terminal.await("is back");
      answers(terminal);
      terminal.type(ESCAPE);
      assertThat(terminal.exitCode()).isZero();
    }
    assertThat(namespace.vm(VM).get().getStatus().runID()).isNotEqualTo(before);
  }

  @Test
  @Order(12)
  void restartStartsTheGuestAnew() throws Exception {
    var before = namespace.vm(VM).get().getStatus().runID();

    var run = moult("restart", VM, "--wait");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output()).contains("spec.restartRequestedAt: 20", "plug restarted");
    assertThat(namespace.vm(VM).get().getStatus().runID()).isNotEqualTo(before);
  }

  @Test
  @Order(13)
  void stopPowersTheGuestDown() throws Exception {
    var run = moult("stop", VM, "--wait");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output()).contains("spec.runStrategy: Always -> Halted", "plug stopped");
    assertThat(namespace.vm(VM).get().getStatus().phase()).isEqualTo(VirtualMachinePhase.STOPPED);
    assertThat(moult("preflight", VM).code()).isOne();
    assertThat(moult("ssh", VM).output()).contains("does not run");
    assertThat(moult("console", VM).output()).contains("does not run");
  }

  /** The guest is shown, and hears. What is typed may be lost while a line is made (README). */
  private static void answers(Terminal terminal) throws Exception {
    terminal.forget();
    terminal.await("tick ");
    terminal.type("uptime\r");
    terminal.await("boot_id=");
  }

  private String console() throws IOException {
    return Plugin.path() + " console " + VM + " -n " + name();
  }

  /** The API server's address in the kubeconfig. */
  private InetSocketAddress server() {
    var url = namespace.client().getMasterUrl();
    return new InetSocketAddress(url.getHost(), url.getPort());
  }

  /** That of this process, but with the relay for the API server. */
  private Map<String, String> environment(Relay relay) throws IOException {
    var yaml = Files.readString(Path.of(System.getenv("KUBECONFIG")));
    var file = Files.createTempFile("kubeconfig", ".yaml");
    file.toFile().deleteOnExit();
    Files.writeString(file, yaml.replaceAll("https://[^\"]+", "https://127.0.0.1:" + relay.port()));
    return Map.of("JAVA_HOME", JAVA_HOME, "KUBECONFIG", file.toString());
  }

  private String name() {
    return namespace.name();
  }

  private Plugin.Run moult(String... arguments) throws Exception {
    return new Plugin(name()).run(arguments);
  }
}
