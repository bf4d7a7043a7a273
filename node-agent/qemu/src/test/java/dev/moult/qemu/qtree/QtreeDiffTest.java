package dev.moult.qemu.qtree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.qemu.QemuVersion;
import dev.moult.qemu.Recorded;
import dev.moult.qemu.machine.Difference;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QtreeDiffTest {

  private static final QemuVersion OLD = QemuVersion.parse("10.0.2");
  private static final QemuVersion NEW = QemuVersion.parse("11.1.3");
  private static final String NIC = "main-system-bus/q35-pcihost/pcie.0/nic0";

  @Test
  void readsDevicesWithBusIdAndProperties() {
    Qtree tree = running("q35-tcg");
    assertThat(tree.devices()).containsKey("main-system-bus/hpet");
    QtreeDevice nic = device(tree, NIC);
    assertThat(nic.type()).isEqualTo("virtio-net-pci");
    assertThat(nic.properties())
        .containsEntry("addr", "03.0")
        .containsEntry("romfile", "\"\"")
        .doesNotContainKeys("bar 0", "class");
    assertThat(device(tree, NIC + "/virtio-bus/virtio-net-device").properties())
        .containsEntry("mac", "\"52:54:00:12:34:56\"")
        .containsEntry("host_mtu", "1500 (0x5dc)");
    assertThat(tree.hasVirtio()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"q35-tcg", "q35-kvm", "i440fx-tcg"})
  void theSameMachineOnBothVersionsIsEqual(String machine) {
    Qtree a = running(machine);
    Qtree b = incoming(machine);
    assertThat(QtreeDiff.compare(a, b, QtreeAllowList.between(OLD, NEW))).isEmpty();
    assertThat(QtreeDiff.compare(b, a, QtreeAllowList.between(NEW, OLD))).isEmpty();
  }

  @Test
  void theListIsForItsPairAlone() {
    Qtree a = running("q35-tcg");
    assertThat(QtreeDiff.compare(a, incoming("q35-tcg"), QtreeAllowList.between(OLD, OLD)))
        .isNotEmpty()
        .allMatch(difference -> difference.sentence().contains(Difference.ABSENT));
    assertThat(QtreeDiff.compare(a, a, QtreeAllowList.between(OLD, OLD))).isEmpty();
  }

  @Test
  void namesDevicePropertyAndBothValues() {
    String b = Recorded.text("qtree/q35-tcg-11.1.3-incoming.txt");
    assertThat(diff(b.replace("host_mtu = 1500 (0x5dc)", "host_mtu = 9000 (0x2328)")))
        .extracting(Difference::sentence)
        .containsExactly(
            "property host_mtu of device "
                + NIC
                + "/virtio-bus/virtio-net-device is 1500 (0x5dc) in the running QEMU and 9000"
                + " (0x2328) in the new one");
  }

  @Test
  void namesADeviceOfOneSide() {
    String b = Recorded.text("qtree/q35-tcg-11.1.3-incoming.txt");
    String more =
        b.replace(
            "      dev: virtio-net-pci, id \"nic0\"",
            "      dev: pvpanic-pci, id \"panic\"\r\n        events = 3 (0x3)\r\n"
                + "      dev: virtio-net-pci, id \"nic0\"");
    assertThat(diff(more))
        .containsExactly(
            new Difference(
                "device main-system-bus/q35-pcihost/pcie.0/panic",
                Difference.ABSENT,
                "pvpanic-pci"));
    assertThat(diff(b.replace("dev: hpet,", "dev: hpet2,")))
        .extracting(Difference::where)
        .containsExactly("device main-system-bus/hpet", "device main-system-bus/hpet2");
  }

  @Test
  void refusesAnEmptyOrEndlessTree() {
    assertThatThrownBy(() -> Qtree.parse("nonsense")).isInstanceOf(IllegalArgumentException.class);
    String endless = "bus: b\n" + "  dev: d, id \"\"\n".repeat(5000);
    assertThatThrownBy(() -> Qtree.parse(endless)).hasMessageContaining("too many devices");
    StringBuilder deep = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      deep.append(" ".repeat(i)).append("bus: b\n");
    }
    assertThatThrownBy(() -> Qtree.parse(deep.toString())).hasMessageContaining("too deep");
  }

  private static QtreeDevice device(Qtree tree, String path) {
    return Objects.requireNonNull(tree.devices().get(path));
  }

  private static List<Difference> diff(String b) {
    return QtreeDiff.compare(running("q35-tcg"), Qtree.parse(b), QtreeAllowList.between(OLD, NEW));
  }

  private static Qtree running(String machine) {
    return Qtree.parse(Recorded.text("qtree/" + machine + "-10.0.2-running.txt"));
  }

  private static Qtree incoming(String machine) {
    return Qtree.parse(Recorded.text("qtree/" + machine + "-11.1.3-incoming.txt"));
  }

  @Test
  void refusesNamesThatWouldBePartOfEveryPathBelow() {
    String tree = "bus: main\n  dev: a, id \"" + "x".repeat(300) + "\"\n";
    assertThatThrownBy(() -> Qtree.parse(tree))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too long");
  }
}
