package dev.moult.agent.run;

import dev.moult.agent.inventory.NodeInventory;
import dev.moult.agent.journal.AgentProbes;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.api.v1alpha1.Acceleration;
import dev.moult.api.v1alpha1.Binding;
import dev.moult.api.v1alpha1.BootSpec;
import dev.moult.api.v1alpha1.CpuSpec;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.HugePageSize;
import dev.moult.api.v1alpha1.KernelBoot;
import dev.moult.api.v1alpha1.MemorySpec;
import dev.moult.api.v1alpha1.MultusNetwork;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.PodNetwork;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.api.v1alpha1.VirtualMachineSpecBuilder;
import dev.moult.api.v1alpha1.VmmSpec;
import dev.moult.qemu.QemuVersion;
import dev.moult.qemu.guestagent.GuestFacts;
import dev.moult.qemu.machine.Extra;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.Smbios;
import dev.moult.qemu.probe.ProbeReport;
import dev.moult.wire.Answer;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The wishes, nodes and machines of these tests. */
public final class Specs {
  public static final String VM_UID = "6f1c9d0e-5a3b-4a52-9d5e-0a4d2f9a7c11";
  public static final String ANCHOR = "11111111-5a3b-4a52-9d5e-0a4d2f9a7c11";
  public static final String VMM = "22222222-5a3b-4a52-9d5e-0a4d2f9a7c11";

  private Specs() {}

  public static VirtualMachineSpec spec() {
    return spec("pc-q35-10.0", Acceleration.AUTO, "console=ttyS0");
  }

  public static VirtualMachineSpec spec(
      String machineType, Acceleration acceleration, @Nullable String args) {
    return VirtualMachineSpecBuilder.builder()
        .cpu(new CpuSpec(2, null, null))
        .memory(new MemorySpec(new Quantity("512Mi"), null))
        .machineType(machineType)
        .vmm(new VmmSpec("image", acceleration))
        .boot(
            new BootSpec(new KernelBoot("guest", "/boot/vmlinuz", "/boot/initrd.img", args), null))
        .networks(
            List.of(
                new NetworkSpec(
                    "pod",
                    new PodNetwork(Binding.MASQUERADE),
                    null,
                    "52:54:00:AB:CD:EF",
                    List.of(),
                    1)))
        .build();
  }

  /** With a network card of so many queues. */
  public static VirtualMachineSpec specWithQueues(int queues) {
    VirtualMachineSpec spec = spec("pc-q35-10.0", Acceleration.TCG, "console=ttyS0");
    NetworkSpec pod = spec.networks().getFirst();
    return spec.withNetworks(
        List.of(
            new NetworkSpec(pod.name(), pod.pod(), null, pod.macAddress(), pod.ports(), queues)));
  }

  /** The pod network second, with two queues, between two further ones. */
  static VirtualMachineSpec specOfThreeNetworks() {
    return spec()
        .withNetworks(
            List.of(
                new NetworkSpec("blue", null, new MultusNetwork("vlan-10"), null, List.of(), 1),
                new NetworkSpec("pod", new PodNetwork(Binding.BRIDGE), null, null, List.of(), 2),
                new NetworkSpec(
                    "green", null, new MultusNetwork("net/vlan-20"), null, List.of(), 1)));
  }

  public static ProbeReport probe(QemuVersion version) {
    return new ProbeReport(
        version,
        List.of(
            new ProbeReport.MachineType("pc-q35-10.0", "q35", false, 255),
            new ProbeReport.MachineType("pc-i440fx-10.0", "pc", false, 255)),
        List.of(new ProbeReport.CpuModel("qemu64-v1", null, false)));
  }

  public static NodeInventory node(boolean kvm) {
    NodeInventory inventory = new NodeInventory(Acceleration.AUTO);
    inventory.found(capabilities(kvm));
    return inventory;
  }

  /** What a broker says of its node. */
  static Answer.Capabilities capabilities(boolean kvm) {
    return new Answer.Capabilities(
        12,
        kvm,
        kvm ? null : "runs real-mode code only",
        true,
        List.of(),
        false,
        List.of(),
        4096,
        1L << 33,
        "6.12");
  }

  /** With its memory in huge pages. */
  public static VirtualMachineSpec huge() {
    return spec().withMemory(new MemorySpec(new Quantity("512Mi"), HugePageSize.TWO_MIB));
  }

  /** As it was frozen from the first version on: without a serial number. */
  public static FrozenMachine machine() {
    try {
      FrozenMachine machine =
          MachinePlan.freeze(
                  "web", VM_UID, spec(), probe(QemuVersion.of(10, 0, 2)), node(false), 1450)
              .machine();
      return new FrozenMachine(
          machine.name(),
          machine.uuid(),
          machine.machineType(),
          machine.accelerator(),
          machine.cpu(),
          machine.vcpus(),
          machine.memoryBytes(),
          machine.firmware(),
          machine.kernel(),
          machine.nics(),
          Smbios.MOULT);
    } catch (StartRefusedException e) {
      throw new AssertionError(e);
    }
  }

  /** That machine with a channel to a guest agent. */
  public static FrozenMachine machineWithGuestAgent() {
    FrozenMachine machine = machine();
    return new FrozenMachine(
        machine.name(),
        machine.uuid(),
        machine.machineType(),
        machine.accelerator(),
        machine.cpu(),
        machine.vcpus(),
        machine.memoryBytes(),
        machine.firmware(),
        machine.kernel(),
        machine.nics(),
        machine.smbios(),
        List.of(),
        List.of(Extra.GUEST_AGENT),
        null,
        null,
        0);
  }

  /** As much as a guest agent can tell. */
  public static GuestFacts most() {
    List<String> addresses =
        IntStream.range(0, 16)
            .mapToObj("1111:2222:3333:4444:5555:6666:123.123.123.%d"::formatted)
            .toList();
    return new GuestFacts(
        "10.0.2",
        new GuestFacts.Os(
            "debian", "D".repeat(128), "P".repeat(128), "13 (trixie)", "6.12.43", "x86_64"),
        "h".repeat(253),
        IntStream.range(0, 16)
            .mapToObj(i -> new GuestFacts.Interface("eth" + i, "52:54:00:00:00:01", addresses))
            .toList(),
        IntStream.range(0, 32)
            .mapToObj(i -> new GuestFacts.FileSystem("/" + i, "ext4", 1L << 40))
            .toList());
  }

  /** A readiness probe by that command, and a ping that asks whether the guest lives. */
  public static AgentProbes probes(List<String> readiness) {
    return new AgentProbes(
        new AgentProbes.Probe(readiness, 0, 10, 1, 1, 3),
        new AgentProbes.Probe(List.of(), 30, 10, 1, 1, 3),
        null,
        false);
  }

  public static RunRecord run(GuestState state, boolean resumed) {
    return new RunRecord(
        "default",
        "web",
        VM_UID,
        ANCHOR,
        3,
        ANCHOR,
        true,
        1450,
        4711,
        machine(),
        new RunRecord.VmmRecord(VMM, "web-vmm-1", "10.0.2", List.of("qemu"), resumed),
        new GuestRecord(state, null, null, 1_700_000_000_000L));
  }
}
