package dev.moult.operator.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.VirtualMachineSpec;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunSpecTest {
  private static final PodImages IMAGES = new PodImages("launcher", "default", "IfNotPresent");

  @Test
  void quantitiesAreTheSameHoweverTheyAreWritten() {
    var two = RunSpec.of(spec("2Gi", "null", "a"));
    var same = RunSpec.of(spec("2048Mi", "null", "a"));

    assertThat(two.differences(same)).isEmpty();
  }

  @Test
  void onlyWhatARestartCanBringCounts() {
    var before = RunSpec.of(spec("2Gi", "null", "a"));
    var after = RunSpec.of(spec("1Gi", "image: other", "b"));

    assertThat(before.differences(after))
        .containsExactly("spec.boot.kernel.args", "spec.memory.size");
  }

  /** A run that was started before there were huge pages is the one that it was. */
  @Test
  void thePagesOfItsMemoryNeedARestart() {
    var ordinary = RunSpec.of(spec("2Gi", "null", "a"));
    var huge = RunSpec.of(spec("2Gi, hugePageSize: 2Mi", "null", "a"));
    var larger = RunSpec.of(spec("2Gi, hugePageSize: 1Gi", "null", "a"));

    assertThat(ordinary.fields()).doesNotContainKey("spec.memory.hugePageSize");
    assertThat(ordinary.differences(huge)).containsExactly("spec.memory.hugePageSize");
    assertThat(huge.differences(larger)).containsExactly("spec.memory.hugePageSize");
    assertThat(huge.differences(ordinary)).containsExactly("spec.memory.hugePageSize");
  }

  @Test
  void aDiskThatIsNewOrGoneIsNamedOnce() {
    var before = RunSpec.of(spec("2Gi", "null", "a", "{name: a, emptyDisk: {capacity: 1Gi}}"));
    var after =
        RunSpec.of(
            spec(
                "2Gi",
                "null",
                "a",
                "{name: a, emptyDisk: {capacity: 2Gi}}, {name: b, emptyDisk: {capacity: 1Gi}}"));

    assertThat(before.differences(after))
        .containsExactly("spec.disks[a].emptyDisk.capacity", "spec.disks[b]");
    assertThat(after.differences(before)).isEqualTo(before.differences(after));
  }

  @Test
  void theClaimsOfARunAreInIt() {
    var disks =
        """

        disks:
          - {name: a, persistentVolumeClaim: {claimName: data}}
          - {name: b, emptyDisk: {capacity: 1Gi}}
          - {name: c, persistentVolumeClaim: {claimName: more}}
        """;
    var spec = Serialization.unmarshal(yaml("2Gi", "null", "a") + disks, VirtualMachineSpec.class);

    assertThat(RunSpec.of(spec).claims()).containsExactly("data", "more");
  }

  @Test
  void whatTheFirmwareKeepsAndItsHardwareNeedARestart() {
    var none = RunSpec.of(firmware("{}", ""));
    var all =
        RunSpec.of(
            firmware(
                "{secureBoot: true, variables: {claimName: firmware}}",
                "watchdog: {}\nsmbios: {serial: SN-1}\n"));

    assertThat(none.differences(RunSpec.of(firmware("{secureBoot: false}", "")))).isEmpty();
    assertThat(none.differences(all))
        .containsExactly(
            "spec.boot.uefi.secureBoot",
            "spec.boot.uefi.variables.claimName",
            "spec.smbios.serial",
            "spec.watchdog.action");
    assertThat(all.claims()).as("others must not use it").containsExactly("firmware");
  }

  /** A run that was started before a card could have more is the one that it was. */
  @Test
  void aCardOfOneQueueIsAsItWas() {
    var none = RunSpec.of(network(""));
    var one = RunSpec.of(network("queues: 1"));
    var two = RunSpec.of(network("queues: 2"));

    assertThat(none.fields())
        .isEqualTo(one.fields())
        .doesNotContainKey("spec.networks[pod].queues");
    assertThat(one.differences(two)).containsExactly("spec.networks[pod].queues");
  }

  private static VirtualMachineSpec network(String queues) {
    var network =
        """

        networks:
          - name: pod
            pod: {}
            %s
        """;
    return Serialization.unmarshal(
        yaml("2Gi", "null", "a") + network.formatted(queues), VirtualMachineSpec.class);
  }

  /** A command may have 64 KiB; an anchor's annotations have room for 256 in all. */
  @Test
  void aProbesCommandNeedsARestartAndNoRoom() {
    var command = "exec: {command: [%s]}";
    var before = RunSpec.of(firmware("{}", readiness(command.formatted("a"))));
    var after = RunSpec.of(firmware("{}", readiness(command.formatted("b".repeat(10_000)))));

    assertThat(before.differences(after)).containsExactly("spec.readinessProbe");
    assertThat(before.differences(RunSpec.of(firmware("{}", readiness("guestAgentPing: {}")))))
        .containsExactly("spec.readinessProbe");
    assertThat(after.json()).hasSizeLessThan(1_000);
  }

  @Test
  void networksAndTheirOrderNeedARestart() {
    var pod = "{name: pod, pod: {}}";
    var blue = "{name: blue, multus: {networkName: vlan-10}}";
    var before = RunSpec.of(networks(pod + "," + blue));

    assertThat(RunSpec.of(networks(pod)).fields()).doesNotContainKey("spec.networks");
    assertThat(before.differences(RunSpec.of(networks(pod + "," + blue)))).isEmpty();
    assertThat(before.differences(RunSpec.of(networks(blue + "," + pod))))
        .containsExactly("spec.networks");
    var other = blue.replace("vlan-10", "vlan-20");
    assertThat(before.differences(RunSpec.of(networks(pod + "," + other))))
        .containsExactly("spec.networks[blue].multus.networkName");
    assertThat(before.differences(RunSpec.of(networks(pod))))
        .containsExactly("spec.networks", "spec.networks[blue]");
  }

  private static VirtualMachineSpec networks(String networks) {
    return firmware("{}", "networks: [" + networks + "]\n");
  }

  private static String readiness(String handler) {
    return "readinessProbe: {" + handler + "}\n";
  }

  private static VirtualMachineSpec firmware(String uefi, String more) {
    return Serialization.unmarshal(
        """
        cpu: {cores: 1}
        memory: {size: 1Gi}
        boot: {firmware: UEFI, uefi: %s}
        """
                .formatted(uefi)
            + more,
        VirtualMachineSpec.class);
  }

  @Test
  void itIsReadBackFromTheAnchor() {
    var spec = RunSpec.of(spec("2Gi", "null", "a"));

    assertThat(RunSpec.read(Map.of(PodNames.RUN_SPEC, spec.json()))).contains(spec);
    assertThat(RunSpec.read(Map.of(PodNames.RUN_SPEC, "{"))).isEmpty();
    assertThat(RunSpec.read(null)).isEmpty();
  }

  @Test
  void theDigestChangesWithTheVmmTheLauncherAndThePlacement() {
    var digest = RunSpec.buildDigest(spec("2Gi", "null", "a"), IMAGES);

    assertThat(RunSpec.buildDigest(spec("2Gi", "null", "a"), IMAGES)).isEqualTo(digest);
    assertThat(RunSpec.buildDigest(spec("2Gi", "{image: other}", "a"), IMAGES))
        .isNotEqualTo(digest);
    assertThat(
            RunSpec.buildDigest(
                spec("2Gi", "null", "a"), new PodImages("newer", "default", "IfNotPresent")))
        .isNotEqualTo(digest);
    assertThat(
            RunSpec.buildDigest(
                Serialization.unmarshal(
                    yaml("2Gi", "null", "a") + "\nnodeSelector: {a: b}\n",
                    VirtualMachineSpec.class),
                IMAGES))
        .isNotEqualTo(digest);
  }

  private static VirtualMachineSpec spec(String memory, String vmm, String args, String disks) {
    return Serialization.unmarshal(
        yaml(memory, vmm, args) + "\ndisks: [" + disks + "]\n", VirtualMachineSpec.class);
  }

  private static VirtualMachineSpec spec(String memory, String vmm, String args) {
    return Serialization.unmarshal(
        yaml(memory, vmm.contains("{") || vmm.equals("null") ? vmm : "{" + vmm + "}", args),
        VirtualMachineSpec.class);
  }

  private static String yaml(String memory, String vmm, String args) {
    return """
    cpu: {cores: 1}
    memory: {size: %s}
    vmm: %s
    boot: {kernel: {image: guest, args: %s}}\
    """
        .formatted(memory, vmm, args);
  }
}
