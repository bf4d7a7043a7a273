package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.TestNamespace;
import dev.moult.e2e.scenario.WatchedUpdate;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What cannot work says why, on the object and in an event, and recovers when it is mended. A new
 * QEMU that exits at once, and pairs of versions that are known to fail, are the agent's own tests:
 * no image of those is built.
 */
@ExtendWith(Installed.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadInputE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String OLD = "moult.local/qemu:10.0.2";
  private static final String NEW = "moult.local/qemu:11.1.3";

  private final TestNamespace namespace;

  BadInputE2E(KubernetesClient client) {
    namespace = TestNamespace.create(client, "e2e-bad-input");
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          machine-type | spec:                                 | spec:\\n  machineType: pc-q35-99.0              | MachineTypeUnknown | pc-q35-99.0
          no-image     | image: moult.local/qemu:10.0.2        | image: moult.local/qemu:none                 | ImagePullFailed    | moult.local/qemu:none
          no-qemu      | image: moult.local/qemu:10.0.2        | image: moult.local/launcher:dev              | QemuNotFound       | qemu-system-x86_64
          no-kernel    | kernelPath: /boot/vmlinuz             | kernelPath: /boot/nothing                    | KernelNotFound     | boot/nothing
          no-initrd    | initrdPath: /boot/initrd.img          | initrdPath: /boot/nothing.img                | InitrdNotFound     | boot/nothing.img
          too-large    | size: 512Mi                           | size: 4Ti                                    | InsufficientMemory | memory
          """)
  void aMachineThatCannotRunSaysWhyAndRecovers(
      String name, String good, String bad, String reason, String inMessage) throws IOException {
    namespace.apply(manifest(name, yaml -> replaceOnce(yaml, good, bad.replace("\\n", "\n"))));

    var stuck = namespace.await(name, PATIENCE, vm -> reason.equals(ready(vm).reason()));

    assertThat(ready(stuck).status()).isEqualTo(ConditionStatus.FALSE);
    assertThat(ready(stuck).message()).contains(inMessage);
    assertTold("VirtualMachine", name, reason);

    namespace.apply(manifest(name, yaml -> yaml));
    namespace.await(name, PATIENCE, vm -> TestNamespace.isTrue(vm, "Ready"));
    namespace.vm(name).delete();
  }

  @Test
  void anUpdateOfAMachineThatIsNotThereIsRefused() {
    create("of-nothing", "nobody", "");

    assertRefused("of-nothing", "VirtualMachineNotFound");
  }

  @Test
  void anUpdateOfAHaltedMachineIsRefused() throws IOException {
    namespace.apply(
        manifest("halted", yaml -> replaceOnce(yaml, "spec:", "spec:\n  runStrategy: Halted")));
    namespace.await("halted", PATIENCE, vm -> TestNamespace.isTrue(vm, "Ready"));
    create("of-halted", "halted", "");

    assertRefused("of-halted", "VirtualMachineNotRunning");
  }

  @Test
  void updatesThatCannotBeLeaveTheGuestUntouched() throws Exception {
    var vm =
        namespace.boot(
            "guest",
            manifest(
                "guest",
                yaml -> replaceOnce(yaml, "spec:", "spec:\n  updatePolicy: {type: Manual}")),
            PATIENCE);
    var services = WatchedUpdate.services(vm);
    var before = services.uptime();

    create("nothing", "guest", "");
    assertRefused("nothing", "NothingToDo");

    namespace.setImage("guest", "moult.local/qemu:none");
    create("no-pull", "guest", "timeout: 12s");
    var noPull = namespace.awaitUpdate("no-pull", PATIENCE, TestNamespace::ended);
    assertThat(noPull.getStatus().phase()).isEqualTo(LiveUpdatePhase.ROLLED_BACK);
    assertThat(noPull.getStatus().reason()).isEqualTo("ImagePullFailed");

    namespace.setImage("guest", "moult.local/launcher:dev");
    create("no-qemu-b", "guest", "");
    assertThat(
            namespace.awaitUpdate("no-qemu-b", PATIENCE, TestNamespace::ended).getStatus().reason())
        .isEqualTo("QemuNotFound");

    var after = services.uptime();
    assertThat(after.bootId()).isEqualTo(before.bootId());
    assertThat(services.verify().bad()).isZero();
    assertThat(namespace.vm("guest").require().getStatus().vmm().pod())
        .isEqualTo(vm.getStatus().vmm().pod());
    assertTold("LiveUpdate", "no-pull", "ImagePullFailed");
  }

  @Test
  void twoUpdatesAtOnceAreDoneOneAfterTheOther() throws Exception {
    namespace.boot("twice", manifest("twice", yaml -> replaceOnce(yaml, OLD, NEW)), PATIENCE);

    namespace.force("first", "twice");
    namespace.force("second", "twice");

    var first = namespace.awaitUpdate("first", PATIENCE, TestNamespace::ended);
    var second = namespace.awaitUpdate("second", PATIENCE, TestNamespace::ended);
    assertThat(first.getStatus().phase())
        .as("%s", first.getStatus())
        .isEqualTo(LiveUpdatePhase.COMPLETED);
    assertThat(second.getStatus().phase())
        .as("%s", second.getStatus())
        .isEqualTo(LiveUpdatePhase.COMPLETED);
    var earlier =
        first.getStatus().finishedAt().isBefore(second.getStatus().finishedAt()) ? first : second;
    var later = earlier == first ? second : first;
    assertThat(later.getStatus().startedAt())
        .isAfterOrEqualTo(earlier.getStatus().finishedAt().minusSeconds(1));
  }

  private void assertRefused(String update, String reason) {
    var refused = namespace.awaitUpdate(update, PATIENCE, TestNamespace::ended);
    assertThat(refused.getStatus().phase())
        .as("%s", refused.getStatus())
        .isEqualTo(LiveUpdatePhase.REFUSED);
    assertThat(refused.getStatus().reason()).isEqualTo(reason);
    assertThat(refused.getStatus().message()).isNotBlank();
    assertTold("LiveUpdate", update, reason);
  }

  /** Events are written beside the work, so they may come a moment after the status. */
  private void assertTold(String kind, String name, String reason) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(namespace.events(kind, name)).extracting("reason").contains(reason));
  }

  private void create(String name, String vm, String more) {
    var update =
        """
        apiVersion: moult.dev/v1alpha1
        kind: LiveUpdate
        metadata: {name: %s}
        spec:
          virtualMachine: %s
          %s
        """
            .formatted(name, vm, more);
    namespace.client().resource(update).inNamespace(namespace.name()).create();
  }

  private static Condition ready(VirtualMachine vm) {
    var status = vm.getStatus();
    return status == null
        ? new Condition("Ready", ConditionStatus.UNKNOWN, null, null, "Unknown", "")
        : status.conditions().stream()
            .filter(c -> c.type().equals("Ready"))
            .findFirst()
            .orElse(new Condition("Ready", ConditionStatus.UNKNOWN, null, null, "Unknown", ""));
  }

  private static String manifest(String name, UnaryOperator<String> change) throws IOException {
    return ExampleVm.manifest(Installed.checkout(), name, change);
  }

  private static String replaceOnce(String text, String from, String to) {
    assertThat(text).contains(from);
    return text.replaceFirst(
        java.util.regex.Pattern.quote(from), java.util.regex.Matcher.quoteReplacement(to));
  }
}
