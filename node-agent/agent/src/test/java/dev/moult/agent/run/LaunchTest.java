package dev.moult.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.VirtualMachineSpec;
import dev.moult.qemu.QemuVersion;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.machine.Role;
import dev.moult.wire.Operation;
import dev.moult.wire.Source;
import org.junit.jupiter.api.Test;

class LaunchTest {

  @Test
  void anchorOpensParksAndAllocatesLast() {
    Launch launch = Launch.anchor(Specs.spec());

    assertThat(launch.plan().operations())
        .containsExactly(
            new Operation.OpenFile(14, "/volumes/boot", "boot/vmlinuz", Operation.Access.READ),
            new Operation.OpenFile(15, "/volumes/boot", "boot/initrd.img", Operation.Access.READ),
            new Operation.Receive(11),
            new Operation.Receive(12),
            new Operation.DupTty(13, 0),
            new Operation.CreateRam(10, 512L << 20, 0));
    assertThat(launch.sources()).containsExactly(new Source.Meeting(), new Source.Tap());
    assertThat(launch.plan().argv()).isEmpty();
  }

  @Test
  void anchorAllocatesHugePagesWhereTheyAreWished() {
    VirtualMachineSpec ordinary = Specs.spec();

    assertThat(Launch.anchor(Specs.huge()).plan().operations().getLast())
        .isEqualTo(new Operation.CreateRam(10, 512L << 20, 2 << 20));
    assertThat(Launch.anchor(ordinary).plan().operations().getLast())
        .isEqualTo(new Operation.CreateRam(10, 512L << 20, 0));
  }

  @Test
  void adoptionAllocatesNothingAndTakesFromTheLiveQemu() {
    Launch launch = Launch.adoption(Specs.machine(), null, Specs.VMM);

    assertThat(launch.plan().operations())
        .containsExactly(
            new Operation.Receive(10),
            new Operation.Receive(11),
            new Operation.Receive(12),
            new Operation.DupTty(13, 0),
            new Operation.Receive(14),
            new Operation.Receive(15));
    assertThat(launch.sources())
        .containsExactly(
            new Source.Held(Specs.VMM, 10),
            new Source.Held(Specs.VMM, 11),
            new Source.Held(Specs.VMM, 12),
            new Source.Held(Specs.VMM, 14),
            new Source.Held(Specs.VMM, 15));
  }

  @Test
  void eachCardHasATapAtANumberOfItsOwn() throws Exception {
    Launch anchor = Launch.anchor(Specs.specOfThreeNetworks());

    assertThat(anchor.plan().operations())
        .contains(
            new Operation.Receive(12),
            new Operation.Receive(158),
            new Operation.Receive(23),
            new Operation.Receive(159));
    assertThat(anchor.sources())
        .containsExactly(
            new Source.Meeting(),
            new Source.LinkTap("net1"),
            new Source.Tap(),
            new Source.TapQueue(1),
            new Source.LinkTap("net2"));

    FrozenMachine machine = MachinePlanTest.threeCards();
    Launch vmm = Launch.vmm(machine, new Role.Start());
    assertThat(vmm.sources())
        .contains(
            new Source.Parked(12),
            new Source.Parked(158),
            new Source.Parked(23),
            new Source.Parked(159));
    assertThat(Launch.adoption(machine, null, Specs.VMM).sources())
        .contains(
            new Source.Held(Specs.VMM, 12),
            new Source.Held(Specs.VMM, 158),
            new Source.Held(Specs.VMM, 23),
            new Source.Held(Specs.VMM, 159));
    assertThat(vmm.plan().receives()).isEqualTo(vmm.sources().size());
    assertThat(String.join(" ", vmm.plan().argv()))
        .contains("tap,id=net0,fd=12 ", "tap,id=net1,fds=158:23 ", "tap,id=net2,fd=159 ")
        .contains("virtio-net-pci,id=nic0,netdev=net0,mac=8a:51:aa:bb:cc:01,", "addr=0x3,")
        .contains("virtio-net-pci,id=nic1,netdev=net1,mac=8a:51:aa:bb:cc:dd,", "addr=0x15,")
        .contains("virtio-net-pci,id=nic2,netdev=net2,mac=8a:51:aa:bb:cc:02,", "addr=0x16,");
  }

  @Test
  void vmmBorrowsFromTheAnchorAndHasItsOwnMonitor() {
    Launch launch = Launch.vmm(Specs.machine(), new Role.Start());

    assertThat(launch.plan().receives()).isEqualTo(launch.sources().size());
    assertThat(launch.plan().operations().stream().map(Operation::slot))
        .containsExactly(10, 11, 12, 13, 14, 15, 20);
    assertThat(launch.sources().getLast()).isEqualTo(new Source.Attached(0));
    assertThat(launch.plan().argv()).startsWith("/usr/bin/qemu-system-x86_64").contains("-S");
    assertThat(String.join(" ", launch.plan().argv()))
        .contains("-machine pc-q35-10.0,memory-backend=ram0,aux-ram-share=on")
        .contains("mac=52:54:00:ab:cd:ef")
        .contains("host_mtu=1450")
        .contains("-uuid " + Specs.VM_UID)
        .doesNotContain("-incoming");
  }

  @Test
  void eachQueueOfTheCardIsParkedLentAndTakenBack() throws Exception {
    VirtualMachineSpec spec = Specs.specWithQueues(3);
    FrozenMachine machine =
        MachinePlan.freeze(
                "web",
                Specs.VM_UID,
                spec,
                Specs.probe(QemuVersion.of(10, 0, 2)),
                Specs.node(false),
                1450)
            .machine();

    Launch anchor = Launch.anchor(spec);
    Launch vmm = Launch.vmm(machine, new Role.Start());
    Launch adoption = Launch.adoption(machine, null, Specs.VMM);

    assertThat(machine.nics().getFirst().queuePairs()).isEqualTo(3);
    assertThat(anchor.plan().operations()).contains(new Operation.Receive(23));
    assertThat(anchor.sources())
        .containsExactly(
            new Source.Meeting(), new Source.Tap(), new Source.TapQueue(1), new Source.TapQueue(2));
    assertThat(vmm.sources())
        .contains(new Source.Parked(12), new Source.Parked(23), new Source.Parked(24));
    assertThat(vmm.plan().receives()).isEqualTo(vmm.sources().size());
    assertThat(vmm.plan().argv()).contains("tap,id=net0,fds=12:23:24");
    assertThat(adoption.sources())
        .contains(
            new Source.Held(Specs.VMM, 12),
            new Source.Held(Specs.VMM, 23),
            new Source.Held(Specs.VMM, 24));
  }

  @Test
  void aGuestThatMayHaveAnAgentHasAChannelToIt() {
    Launch launch = Launch.vmm(Specs.machineWithGuestAgent(), new Role.Incoming("b-cpr-1.sock"));

    assertThat(launch.plan().operations().stream().map(Operation::slot)).endsWith(20, 22);
    assertThat(launch.sources()).endsWith(new Source.Attached(0), new Source.Attached(1));
    assertThat(String.join(" ", launch.plan().argv()))
        .contains("-chardev socket,id=ga,fd=22,server=on,wait=off");
  }

  @Test
  void theNewVmmWaitsAtTheMeetingPlace() {
    Launch launch = Launch.vmm(Specs.machine(), new Role.Incoming("b-cpr-1.sock"));

    assertThat(String.join(" ", launch.plan().argv()))
        .contains("-S -incoming defer")
        .contains("/proc/self/fd/11/b-cpr-1.sock");
  }
}
