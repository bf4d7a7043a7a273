package dev.moult.qemu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.qemu.Recorded;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CommandLineTest {

  private static final String QEMU = "/usr/bin/qemu-system-x86_64";
  private static final Role START = new Role.Start();
  private static final Role INCOMING = new Role.Incoming("b-cpr.sock");

  @Test
  void isAsRecorded() {
    assertThat(String.join("\n", line(Machines.web(), START)) + "\n")
        .isEqualTo(Recorded.text("machine/web-start.txt"));
  }

  @Test
  void aGuestWithDisksIsAsRecorded() {
    List<String> bios =
        CommandLine.build(QEMU, Machines.debian(Firmware.DESCRIPTOR), Machines.DISK_SLOTS, START);
    List<String> uefi =
        CommandLine.build(QEMU, Machines.debian(Firmware.UEFI), Machines.DISK_SLOTS, START);

    assertThat(String.join("\n", bios) + "\n").isEqualTo(Recorded.text("machine/debian-bios.txt"));
    assertThat(String.join("\n", uefi) + "\n").isEqualTo(Recorded.text("machine/debian-uefi.txt"));
  }

  @Test
  void secureBootNeedsSystemManagementMode() {
    List<String> uefi =
        CommandLine.build(QEMU, Machines.debian(Firmware.UEFI), Machines.DISK_SLOTS, START);
    List<String> secure =
        CommandLine.build(QEMU, Machines.debian(Firmware.UEFI_SECURE), Machines.DISK_SLOTS, START);

    assertThat(CommandLineDiff.compare(uefi, secure))
        .extracting(Difference::sentence)
        .satisfiesExactlyInAnyOrder(
            machine -> assertThat(machine).startsWith("-machine").contains("smm=on"),
            flash ->
                assertThat(flash)
                    .startsWith("-global")
                    .contains("driver=cfi.pflash01,property=secure,value=on"));
  }

  @Test
  void aDiskOfOneSideIsNamed() {
    List<String> a =
        CommandLine.build(QEMU, Machines.debian(Firmware.UEFI), Machines.DISK_SLOTS, START);
    List<String> b =
        a.stream()
            .map(argument -> argument.replace("cache.direct=on", "cache.direct=off"))
            .toList();

    assertThat(CommandLineDiff.compare(a, a)).isEmpty();
    assertThat(CommandLineDiff.compare(a, b))
        .extracting(Difference::where)
        .anyMatch(where -> where.startsWith("-blockdev"));
  }

  @Test
  void incomingAddsOnlyItsChannel() {
    List<String> start = line(Machines.web(), START);
    List<String> incoming = line(Machines.web(), INCOMING);
    assertThat(incoming.subList(0, start.size())).isEqualTo(start);
    assertThat(incoming.subList(start.size(), incoming.size()))
        .containsExactly(
            "-incoming",
            "defer",
            "-incoming",
            "{\"channel-type\":\"cpr\",\"addr\":{\"transport\":\"socket\",\"type\":\"unix\","
                + "\"path\":\"/proc/self/fd/11/b-cpr.sock\"}}");
  }

  /** The fence: a new QEMU that ran by itself would run beside the old one. */
  @Test
  void neitherSideRunsBeforeItIsTold() {
    assertThat(line(Machines.web(), START)).contains("-S");
    assertThat(line(Machines.web(), INCOMING)).contains("-S");
  }

  @Test
  void sidesOfOneMachineAreEqual() {
    DescriptorSlots others = new DescriptorSlots(30, 31, List.of(32), 33, 34, 35, null, 40, null);
    List<String> b = CommandLine.build("/usr/libexec/qemu-kvm", Machines.web(), others, INCOMING);
    assertThat(CommandLineDiff.compare(line(Machines.web(), START), b)).isEmpty();
  }

  @Test
  void aDifferenceIsNamed() {
    List<String> a = line(Machines.web(), START);
    assertThat(CommandLineDiff.compare(a, line(Machines.web("52:54:00:00:00:01", 512), INCOMING)))
        .singleElement()
        .satisfies(difference -> {
          assertThat(difference.where()).isEqualTo("-device nic0");
          assertThat(difference.a()).contains("mac=52:54:00:12:34:56");
          assertThat(difference.b()).contains("mac=52:54:00:00:00:01");
        });
    assertThat(CommandLineDiff.compare(a, line(Machines.web("52:54:00:12:34:56", 1024), START)))
        .extracting(Difference::where)
        .containsExactly("-object ram0", "-m");
  }

  @Test
  void aCardOfSeveralQueuesHasAnOpenOfTheTapForEach() {
    List<String> one = line(Machines.web(), START);
    List<String> two = CommandLine.build(QEMU, Machines.web(2), slots(12, 23), START);
    List<String> others = CommandLine.build(QEMU, Machines.web(2), slots(32, 33), INCOMING);

    assertThat(one)
        .contains("tap,id=net0,fd=12")
        .anyMatch(argument -> argument.contains("addr=0x3,mq=off,rx_queue_size=256,"));
    assertThat(two)
        .contains("tap,id=net0,fds=12:23")
        .anyMatch(argument -> argument.contains("addr=0x3,mq=on,vectors=6,rx_queue_size=256,"));
    assertThat(CommandLineDiff.compare(two, others)).isEmpty();
    assertThat(CommandLineDiff.compare(one, two))
        .extracting(Difference::where)
        .containsExactly("-smp", "-netdev net0", "-device nic0");
    assertThatThrownBy(() -> CommandLine.build(QEMU, Machines.web(2), slots(12), START))
        .hasMessage("the machine needs a descriptor for its tap of nic 0");
  }

  private static DescriptorSlots slots(Integer... taps) {
    return new DescriptorSlots(10, 11, List.of(taps), 13, 14, 15, null, 20, null);
  }

  @Test
  void anOptionOfOneSideIsNamed() {
    List<String> a = line(Machines.web(), START);
    List<String> b = new java.util.ArrayList<>(a);
    b.addAll(List.of("-device", "pvpanic-pci,id=panic", "-append", "-S -x", "-no-shutdown"));
    assertThat(CommandLineDiff.compare(a, b))
        .extracting(Difference::sentence)
        .contains(
            "-device panic is (absent) in the running QEMU and pvpanic-pci,id=panic in the new one")
        .anyMatch(sentence -> sentence.startsWith("-append #2"))
        .anyMatch(sentence -> sentence.startsWith("-no-shutdown #2"));
    assertThat(CommandLineDiff.compare(a, b, Set.of("-device", "-append", "-no-shutdown")))
        .isEmpty();
  }

  @Test
  void kvmAndFirmwareComeByDescriptor() {
    FrozenMachine web = Machines.web();
    FrozenMachine kvm =
        new FrozenMachine(
            web.name(),
            web.uuid(),
            "pc-i440fx-10.0",
            Accelerator.KVM,
            new FrozenCpu("base", List.of("model-id=A,, B", "sse2=on")),
            4,
            web.memoryBytes(),
            Firmware.DESCRIPTOR,
            null,
            List.of(new Nic("0", "52:54:00:12:34:56", 1500, 4, "pci.0", 31)),
            web.smbios());
    List<Integer> taps = List.of(12, 23, 24, 25);
    DescriptorSlots slots = new DescriptorSlots(10, 11, taps, 13, null, null, 16, 20, 21);
    assertThat(CommandLine.build(QEMU, kvm, slots, START))
        .containsSubsequence("-add-fd", "fd=21,set=9", "-accel", "kvm,device=/dev/fdset/9")
        .containsSubsequence("-cpu", "base,model-id=A,, B,sse2=on")
        .containsSubsequence("-smp", "4,sockets=1,dies=1,cores=4,threads=1,maxcpus=4")
        .containsSubsequence("-global", "PIIX4_PM.disable_s3=1")
        .containsSubsequence("-bios", "/proc/self/fd/16")
        .doesNotContain("-kernel", "-initrd", "-append")
        .anyMatch(argument -> argument.contains("bus=pci.0,addr=0x1f,mq=on,vectors=10,"));
    DescriptorSlots none = new DescriptorSlots(10, 11, taps, 13, null, null, 16, 20, null);
    assertThatThrownBy(() -> CommandLine.build(QEMU, kvm, none, START))
        .hasMessage("the machine needs a descriptor for its kvm");
  }

  private static List<String> line(FrozenMachine machine, Role role) {
    return CommandLine.build(QEMU, machine, Machines.SLOTS, role);
  }
}
