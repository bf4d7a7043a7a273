package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.NodeView;
import dev.moult.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Start, console, stop, start again, and what is left when a virtual machine is deleted: nothing.
 */
@ExtendWith(Installed.class)
@Isolated
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LifecycleE2E {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Path JOURNAL = Path.of("/run/moult");

  private final KubernetesClient client;
  private final TestNamespace namespace;

  LifecycleE2E(KubernetesClient client) {
    this.client = client;
    namespace = TestNamespace.create(client, "e2e-lifecycle");
  }

  @AfterAll
  void remove() {
    namespace.delete();
  }

  @Test
  void aMachineIsStoppedStartedAndDeletedWithoutATrace() throws Exception {
    var vm = boot("life");
    var anchor = podUid("life-anchor");
    var vmm = podUid(Objects.requireNonNull(vm.getStatus().vmm().pod()));
    assertThat(NodeView.processes(vmm)).as("QEMU alone, no launcher").isNotEmpty();
    assertThat(comms(vmm)).allMatch(comm -> !comm.equals("java"));
    assertThat(comms(anchor)).allMatch(comm -> !comm.equals("java"));

    namespace.patch("life", "{\"spec\":{\"runStrategy\":\"Halted\"}}");
    var halted =
        namespace.await(
            "life",
            PATIENCE,
            seen ->
                seen.getStatus().phase() == VirtualMachinePhase.STOPPED
                    && TestNamespace.isTrue(seen, "Ready"));
    assertThat(halted.getStatus().lastTermination().reason()).isEqualTo("PoweredDown");
    assertThat(namespace.podsOf("life")).isEmpty();

    namespace.patch("life", "{\"spec\":{\"runStrategy\":\"Always\"}}");
    namespace.await("life", PATIENCE, seen -> TestNamespace.isTrue(seen, "Ready"));

    var last = Objects.requireNonNull(podUid("life-anchor"));
    namespace.vm("life").delete();
    namespace
        .vm("life")
        .waitUntilCondition(Objects::isNull, PATIENCE.toSeconds(), TimeUnit.SECONDS);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          assertThat(namespace.podsOf("life")).isEmpty();
          assertThat(NodeView.processes(last)).isEmpty();
          assertThat(namesUnder(JOURNAL))
              .noneMatch(name -> name.contains(halted.getMetadata().getUid()));
          assertThat(namesUnder(JOURNAL)).noneMatch(name -> name.contains(last));
        });
  }

  @Test
  void aGuestThatPowersItselfOffIsStartedAgain() throws Exception {
    var first = boot("again");

    type("again", "poweroff\n");

    var second =
        namespace.await(
            "again",
            PATIENCE,
            seen ->
                TestNamespace.guestRuns(seen)
                    && !Objects.equals(seen.getStatus().runID(), first.getStatus().runID()));
    assertThat(second.getStatus().restarts()).isEqualTo(1);
    assertThat(second.getStatus().lastTermination().reason()).isEqualTo("GuestPoweredOff");
    namespace.vm("again").delete();
  }

  @Test
  void theConsoleIsLiveThroughAttach() throws Exception {
    boot("console");

    var answer = type("console", "verify\n");

    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(answer.get()).contains("verify mb=").contains("bad=0"));
    answer.close();
    namespace.vm("console").delete();
  }

  private record Attached(ExecWatch watch, ByteArrayOutputStream bytes) implements AutoCloseable {
    String get() {
      return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
      watch.close();
    }
  }

  private Attached type(String vm, String text) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var watch =
        client
            .pods()
            .inNamespace(namespace.name())
            .withName(vm + "-anchor")
            .redirectingInput()
            .writingOutput(bytes)
            .withTTY()
            .attach();
    watch.getInput().write(text.getBytes(StandardCharsets.UTF_8));
    watch.getInput().flush();
    return new Attached(watch, bytes);
  }

  private VirtualMachine boot(String name) throws IOException, InterruptedException {
    return namespace.boot(
        name, ExampleVm.manifest(Installed.checkout(), name, yaml -> yaml), PATIENCE);
  }

  private String podUid(String pod) {
    return Objects.requireNonNull(namespace.pod(pod), pod).getMetadata().getUid();
  }

  private static List<String> comms(String podUid) throws IOException {
    var comms = new ArrayList<String>();
    for (long pid : NodeView.processes(podUid)) {
      comms.add(Files.readString(Path.of("/proc/" + pid + "/comm")).trim());
    }
    return comms;
  }

  private static List<String> namesUnder(Path directory) throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.map(Path::toString).toList();
    }
  }
}
