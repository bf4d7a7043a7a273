package dev.moult.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.net.NetworkInterface;
import dev.moult.linux.net.NetworkNamespace;
import dev.moult.linux.net.Tap;
import dev.moult.linux.process.PidFd;
import dev.moult.linux.process.ProcDirectory;
import dev.moult.linux.socket.LoopbackListener;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.wire.Answer;
import dev.moult.wire.Event;
import dev.moult.wire.ImageFacts;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Operation;
import dev.moult.wire.Plan;
import dev.moult.wire.PodStatus;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.RefusedException;
import dev.moult.wire.Request;
import dev.moult.wire.Role;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.Slots;
import dev.moult.wire.Source;
import dev.moult.wire.Traffic;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Broker and launchers as real processes, with pods as the kernel sees them. Needs root. */
class BrokerIT {
  private static final long RAM = 32L << 20;
  private static final int SECOND_QUEUE = Slots.tapQueue(1);
  private static final Plan IDLE_VMM =
      new Plan(
          List.of(new Operation.Receive(Slots.RAM), new Operation.Receive(Slots.MEET)),
          List.of("/usr/bin/sleep", "infinity"),
          List.of());
  private static final List<Source> RAM_AND_MEET =
      List.of(new Source.Parked(Slots.RAM), new Source.Meeting());

  @TempDir Path directory;
  private final String vm = UUID.randomUUID().toString();
  private final List<TestPod> pods = new ArrayList<>();
  private TestBroker broker;

  @BeforeEach
  void start() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: namespaces, cgroups");
    Files.createDirectories(directory.resolve("kubelet/pods"));
    broker = new TestBroker(directory).start();
  }

  @AfterEach
  void stop() throws Exception {
    if (broker != null) {
      broker.close();
    }
    for (TestPod pod : pods) {
      pod.close();
    }
  }

  @Test
  void launches_an_anchor_with_network_memory_and_meeting_place() throws Exception {
    TestPod anchor = pod(Role.ANCHOR);
    broker.ask(anchor.expect()); // before the emptyDir is there: the mount table tells
    anchor.mount();
    broker.logged("listening");
    anchor.start();
    Event.Dialled dialled = broker.event(Event.Dialled.class);
    assertThat(dialled.podUid()).isEqualTo(anchor.uid);
    assertThat(dialled.hello().role()).isEqualTo(Role.ANCHOR);
    assertThat(dialled.containerId()).hasSize(64);

    var network =
        new Request.MakeNetwork(anchor.uid, "10.0.2.2", "10.0.2.1", 24, 0, true, List.of());
    assertThat(broker.ask(network)).isEqualTo(new Answer.NetworkMade(1500, "10.213.0.2"));
    assertThat(broker.ask(network))
        .as("again")
        .isEqualTo(new Answer.NetworkMade(1500, "10.213.0.2"));
    broker.ask(anchorPlan(anchor));

    Event.Launched launched = broker.event(Event.Launched.class);
    assertThat(launched.facts()).extracting(SlotFacts::slot).containsExactly(10, 11, 12);
    Answer.SlotsSeen seen = broker.ask(new Request.Facts(anchor.uid));
    assertThat(seen.now()).isEqualTo(seen.recorded()).isEqualTo(launched.facts());
    assertThat(broker.ask(network)).as("with the tap parked").isNotNull();
    try (PidFd process = PidFd.open(pidOf(anchor))) {
      GuestTraffic.check(process);
    }
  }

  @Test
  void forwards_to_the_guest_the_ports_that_it_is_told_alone() throws Exception {
    TestPod anchor = launchedAnchor();

    broker.ask(
        new Request.MakeNetwork(
            anchor.uid, "10.0.2.2", "10.0.2.1", 24, 0, true, List.of("tcp/80", "udp/7777")));

    try (PidFd process = PidFd.open(pidOf(anchor))) {
      GuestTraffic.checkOnePort(process);
    }
  }

  @Test
  void a_screen_is_reached_from_inside_the_pod_and_not_by_guest_or_neighbour() throws Exception {
    TestPod anchor = launchedAnchor();
    var request = new Request.ListenScreen(anchor.uid, 5900);

    try (PidFd process = PidFd.open(pidOf(anchor));
        var screen = LoopbackListener.adopt(broker.askForDescriptor(request))) {
      refused(RefusalReason.NETWORK_FAILED, () -> broker.askForDescriptor(request));
      ScreenReach.check(process, screen, 5900);
    }

    broker.askForDescriptor(request).close(); // as a new agent does: the old one's socket is gone
    refused(
        RefusalReason.BAD_REQUEST,
        () -> broker.askForDescriptor(new Request.ListenScreen(anchor.uid, 80)));
  }

  @Test
  void the_ram_is_given_to_read_alone() throws Exception {
    TestPod anchor = launchedAnchor();
    TestPod vmm = dialled(pod(Role.VMM));

    try (Fd ram = broker.askForDescriptor(new Request.ReadRam(anchor.uid))) {
      assertThat(FileControl.accessMode(ram)).isEqualTo(FileControl.AccessMode.READ);
      assertThatThrownBy(() -> FileIo.writeAt(ram, 0, new byte[1])).hasMessageContaining("EBADF");
      Answer.SlotsSeen parked = broker.ask(new Request.Facts(anchor.uid));
      assertThat(parked.recorded().getFirst().slot()).isEqualTo(10);
      assertThat(FileStat.of(ram).inode()).isEqualTo(parked.recorded().getFirst().inode());
    }
    refused(RefusalReason.BAD_REQUEST, () -> broker.askForDescriptor(new Request.ReadRam(vmm.uid)));
  }

  @Test
  void gives_a_vmm_what_its_anchor_parked_and_no_network() throws Exception {
    TestPod anchor = launchedAnchor();
    TestPod vmm = dialled(pod(Role.VMM));

    broker.ask(new Request.SendPlan(vmm.uid, anchor.uid, IDLE_VMM, RAM_AND_MEET));

    Event.Launched launched = broker.event(Event.Launched.class);
    List<SlotFacts> parked = broker.ask(new Request.Facts(anchor.uid)).now();
    assertThat(launched.facts()).hasSize(2).isSubsetOf(parked);
    assertThat(isEth0Up(vmm)).isFalse();
    assertThat(isEth0Up(anchor)).isTrue();
  }

  @Test
  void opens_disks_afresh_for_each_qemu_and_gives_no_more_than_is_parked() throws Exception {
    TestPod anchor = dialled(pod(Role.ANCHOR));
    int written = Slots.disk(0);
    int read = Slots.disk(1);
    int kernels = Slots.disk(2);
    Path image = Files.write(directory.resolve("image.raw"), new byte[512]);
    Path disk = directory.resolve("disk.img");
    broker.ask(
        new Request.SendPlan(
            anchor.uid,
            anchor.uid,
            new Plan(
                List.of(
                    new Operation.MakeDisk(written, "tmp", disk.toString(), RAM),
                    new Operation.OpenImage(read, "cd", directory.toString(), "image.raw"),
                    new Operation.OpenFile(
                        kernels, "/proc", "self/oom_score_adj", Operation.Access.READ_WRITE)),
                List.of(),
                List.of()),
            List.of()));
    Event.Launched parked = broker.event(Event.Launched.class);
    assertThat(parked.images()).extracting(ImageFacts::slot).containsExactly(written, read);
    assertThat(broker.ask(new Request.Facts(anchor.uid)).images()).isEqualTo(parked.images());
    TestPod vmm = dialled(pod(Role.VMM));

    refused(
        RefusalReason.DESCRIPTOR_REFUSED,
        () -> reopen(vmm, anchor, new Source.Reopen(read, true, false)));
    refused(
        RefusalReason.DESCRIPTOR_REFUSED,
        () -> reopen(vmm, anchor, new Source.Reopen(kernels, true, false)));
    refused(
        RefusalReason.BAD_REQUEST,
        () -> reopen(vmm, anchor, new Source.Reopen(Slots.RAM, true, false)));
    Files.write(disk, new byte[8192], StandardOpenOption.APPEND); // grown, as an overlay does
    boolean direct = parked.images().getFirst().direct();
    assertThat(reopen(vmm, anchor, new Source.Reopen(written, true, direct))).isNotNull();

    SlotFacts given = broker.event(Event.Launched.class).facts().getFirst();
    assertThat(given.sameFile(parked.facts().getFirst())).isTrue();
    assertThat(given.access()).isEqualTo(SlotFacts.Access.READ_WRITE);
    assertThat(Files.exists(image)).isTrue();
    try (PidFd ofAnchor = PidFd.open(pidOf(anchor));
        PidFd ofVmm = PidFd.open(pidOf(vmm));
        Fd atAnchor = ofAnchor.getFd(written);
        Fd atVmm = ofVmm.getFd(written)) {
      assertThat(FileControl.tryLock(atAnchor)).isTrue();
      assertThat(FileControl.tryLock(atVmm)).as("an open of its own: another's lock").isFalse();
    }
  }

  private Answer reopen(TestPod vmm, TestPod anchor, Source source) throws Exception {
    int slot = ((Source.Reopen) source).slot();
    var plan =
        new Plan(
            List.of(new Operation.Receive(slot)), List.of("/usr/bin/sleep", "infinity"), List.of());
    return broker.ask(new Request.SendPlan(vmm.uid, anchor.uid, plan, List.of(source)));
  }

  @Test
  void opens_kvm_afresh_for_each_qemu() throws Exception {
    boolean there = Files.exists(Path.of("/dev/kvm"));
    TestPod anchor = launchedAnchor();
    TestPod vmm = dialled(pod(Role.VMM));
    var plan =
        new Plan(
            List.of(new Operation.Receive(Slots.KVM)),
            List.of("/usr/bin/sleep", "infinity"),
            List.of());
    var request = new Request.SendPlan(vmm.uid, anchor.uid, plan, List.of(new Source.Kvm()));

    if (there) {
      broker.ask(request);
      SlotFacts kvm = broker.event(Event.Launched.class).facts().get(0);
      assertThat(kvm.kind()).isEqualTo(SlotFacts.Kind.CHARACTER_DEVICE);
      assertThat(kvm.rdev()).isEqualTo(10L << 32 | 232); // misc, KVM_MINOR
    } else {
      refused(RefusalReason.NO_DEVICE, () -> broker.ask(request));
    }
  }

  @Test
  void refuses_by_name_what_only_a_newer_agent_knows() throws Exception {
    TestPod anchor = launchedAnchor();
    TestPod vmm = dialled(pod(Role.VMM));
    var sleep = List.of("/usr/bin/sleep", "infinity");
    var operation =
        new Plan(List.of(new Operation.Unknown("MapDax", 40)), sleep, List.of("NEWER=1"));
    var receive = new Plan(List.of(new Operation.Receive(Slots.KVM)), sleep, List.of());

    assertThatThrownBy(
            () -> broker.ask(new Request.SendPlan(vmm.uid, anchor.uid, operation, List.of())))
        .hasMessageContaining("does not know the operation MapDax");
    var source = List.<Source>of(new Source.Unknown("Vfio"));
    assertThatThrownBy(() -> broker.ask(new Request.SendPlan(vmm.uid, anchor.uid, receive, source)))
        .hasMessageContaining("does not know the source Vfio");

    broker.ask(new Request.SendPlan(vmm.uid, anchor.uid, IDLE_VMM, RAM_AND_MEET));
    assertThat(broker.event(Event.Launched.class).podUid()).isEqualTo(vmm.uid);
  }

  @Test
  void takes_no_descriptor_of_another_vms_anchor() throws Exception {
    TestPod anchor = launchedAnchor();
    TestPod stranger = new TestPod(directory.resolve("kubelet"), Role.VMM, "another-vm");
    pods.add(stranger);
    dialled(stranger);

    var request = new Request.SendPlan(stranger.uid, anchor.uid, IDLE_VMM, RAM_AND_MEET);

    refused(RefusalReason.BAD_REQUEST, () -> broker.ask(request));
  }

  @Test
  void lets_two_qemus_meet() throws Exception {
    TestPod anchor = launchedAnchor();

    try (UnixListener listener =
            UnixListener.adopt(
                broker.askForDescriptor(new Request.ListenCpr(anchor.uid, "a.sock")));
        Fd connection =
            broker.askForDescriptor(new Request.ConnectCpr(anchor.uid, "a.sock", 5000));
        UnixSocket accepted = listener.accept(Deadline.in(Duration.ofSeconds(5)))) {
      UnixSocket connected = UnixSocket.adopt(connection.dup());
      connected.send("hello".getBytes(StandardCharsets.UTF_8), Deadline.inMillis(1000));
      assertThat(accepted.receive(64, Deadline.inMillis(1000)).data())
          .asString()
          .isEqualTo("hello");
      connected.close();
    }
    try (PidFd process = PidFd.open(pidOf(anchor));
        Fd place = process.getFd(Slots.MEET)) {
      FileStat socket = FileStat.at(place, "a.sock");
      assertThat(socket.uid()).isEqualTo(100107);
      assertThat(socket.permissions()).isEqualTo(0700);
      assertThat(FileStat.of(place).uid()).isEqualTo(100107);
      Files.createSymbolicLink(Path.of(place.procPath(), "evil.sock"), Path.of("/run/evil"));
      Files.createDirectories(Path.of(place.procPath(), "deep/deeper"));

      assertThatThrownBy(
              () -> broker.askForDescriptor(new Request.ConnectCpr(anchor.uid, "evil.sock", 50)))
          .as("a link is not followed")
          .isInstanceOf(RefusedException.class);
      broker.ask(new Request.Sweep(anchor.uid));
      assertThat(Path.of(place.procPath()).toFile().list()).isEmpty();
    }
    refused(
        RefusalReason.TIMED_OUT,
        () -> broker.askForDescriptor(new Request.ConnectCpr(anchor.uid, "b.sock", 50)));
    refused(
        RefusalReason.BAD_REQUEST,
        () -> broker.askForDescriptor(new Request.ListenCpr(anchor.uid, "../b.sock")));
  }

  @Test
  void holds_the_taps_header_size() throws Exception {
    TestPod anchor = launchedAnchor();
    try (PidFd process = PidFd.open(pidOf(anchor));
        Tap tap = Tap.adopt(process.getFd(Slots.TAP))) {
      tap.setVnetHeaderSize(12);
      broker.ask(new Request.WatchTap(anchor.uid, true));

      tap.setVnetHeaderSize(10);

      org.awaitility.Awaitility.await()
          .untilAsserted(() -> assertThat(tap.vnetHeaderSize()).isEqualTo(12));
      assertThat(broker.ask(new Request.WatchTap(anchor.uid, false)).restored()).isEqualTo(1);
      assertThat(tap.vnetHeaderSize()).isEqualTo(12);
    }
  }

  @Test
  void holds_the_taps_size_although_a_full_disk_kept_nothing_but_its_name() throws Exception {
    TestPod anchor = launchedAnchor();
    Path kept = Files.createDirectories(directory.resolve("run/taps")).resolve(anchor.uid);
    Files.writeString(kept, "");
    broker.ask(new Request.WatchTap(anchor.uid, true));
    assertThat(Files.readString(kept)).isNotEmpty();
    broker.ask(new Request.WatchTap(anchor.uid, false));
    assertThat(kept).doesNotExist();
  }

  @Test
  void puts_back_what_a_hostile_qemu_left_of_the_tap() throws Exception {
    TestPod anchor = launchedAnchor();
    try (PidFd process = PidFd.open(pidOf(anchor));
        Tap tap = Tap.adopt(process.getFd(Slots.TAP))) {
      Tap.State before = tap.state();
      broker.ask(new Request.WatchTap(anchor.uid, true));

      tap.restore(new Tap.State(4711, "02deadbeef01"));
      tap.setCarrier(false);
      assertThat(tap.state()).isNotEqualTo(before);
      broker.ask(new Request.WatchTap(anchor.uid, false));

      assertThat(tap.state()).isEqualTo(before);
    }
  }

  @Test
  void parks_each_queue_of_a_tap_and_lends_them_attached() throws Exception {
    TestPod anchor = launchedAnchor(2);
    TestPod vmm = dialled(pod(Role.VMM));
    assertThat(broker.ask(new Request.Facts(anchor.uid)).now())
        .extracting(SlotFacts::slot)
        .containsExactlyInAnyOrder(Slots.RAM, Slots.MEET, Slots.TAP, SECOND_QUEUE);
    assertThat(broker.ask(network(anchor, 2))).as("again, with the queues parked").isNotNull();
    refused(RefusalReason.DESCRIPTOR_REFUSED, () -> broker.ask(network(anchor, 3)));

    try (PidFd process = PidFd.open(pidOf(anchor));
        Tap first = Tap.adopt(process.getFd(Slots.TAP));
        Tap second = Tap.adopt(process.getFd(SECOND_QUEUE))) {
      assertThat(second.attachment()).isEqualTo(first.attachment());
      second.setQueueAttached(false); // a QEMU that started, and never ran the guest
      var plan =
          new Plan(
              List.of(new Operation.Receive(Slots.TAP), new Operation.Receive(SECOND_QUEUE)),
              List.of("/usr/bin/sleep", "infinity"),
              List.of());
      var sources = List.<Source>of(new Source.Parked(Slots.TAP), new Source.Parked(SECOND_QUEUE));

      broker.ask(new Request.SendPlan(vmm.uid, anchor.uid, plan, sources));

      assertThat(broker.event(Event.Launched.class).facts())
          .extracting(SlotFacts::slot)
          .containsExactly(Slots.TAP, SECOND_QUEUE);
      assertThat(second.isQueueAttached()).isTrue();
    }
  }

  @Test
  void holds_a_taps_queues_while_a_second_qemu_starts_and_restores_them_after_a_rollback()
      throws Exception {
    TestPod anchor = launchedAnchor(2);
    try (PidFd process = PidFd.open(pidOf(anchor));
        Tap second = Tap.adopt(process.getFd(SECOND_QUEUE))) {
      assertThat(broker.ask(new Request.WatchTap(anchor.uid, true)).idle()).isZero();

      second.setQueueAttached(false); // the second one starts
      awaitAttached(second);
      broker.ask(new Request.OfferQueues(anchor.uid)); // it is to load the state
      assertThat(second.isQueueAttached()).isFalse();
      broker.ask(new Request.WatchTap(anchor.uid, false));

      assertThat(second.isQueueAttached()).isTrue();
    }
    refused(RefusalReason.BAD_REQUEST, () -> broker.ask(new Request.OfferQueues(anchor.uid)));
  }

  @Test
  void restores_a_queue_that_a_hostile_qemu_detached_again() throws Exception {
    TestPod anchor = launchedAnchor(2);
    try (PidFd process = PidFd.open(pidOf(anchor));
        Tap second = Tap.adopt(process.getFd(SECOND_QUEUE))) {
      broker.ask(new Request.WatchTap(anchor.uid, true));
      second.setQueueAttached(false);
      awaitAttached(second);

      second.setQueueAttached(false); // or a guest that boots anew: left to it for now
      broker.ask(new Request.WatchTap(anchor.uid, false));

      assertThat(second.isQueueAttached()).isTrue();
    }
  }

  @Test
  void leaves_the_queues_to_whoever_has_the_guest() throws Exception {
    TestPod anchor = launchedAnchor(2);
    try (PidFd process = PidFd.open(pidOf(anchor));
        Tap second = Tap.adopt(process.getFd(SECOND_QUEUE))) {
      broker.ask(new Request.WatchTap(anchor.uid, true));
      broker.ask(new Request.OfferQueues(anchor.uid));

      broker.ask(new Request.WatchTap(anchor.uid, false, true));
      assertThat(second.isQueueAttached()).as("committed").isFalse();

      assertThat(broker.ask(new Request.WatchTap(anchor.uid, true)).idle()).isEqualTo(1);
      second.setQueueAttached(true); // the guest's driver begins to use it
      broker.ask(new Request.WatchTap(anchor.uid, false));
      assertThat(second.isQueueAttached()).isTrue();
    }
  }

  @Test
  void restores_the_queues_that_the_broker_before_it_held() throws Exception {
    TestPod anchor = launchedAnchor(2);
    try (PidFd process = PidFd.open(pidOf(anchor));
        Tap second = Tap.adopt(process.getFd(SECOND_QUEUE))) {
      broker.ask(new Request.WatchTap(anchor.uid, true));
      broker.ask(new Request.OfferQueues(anchor.uid));
      broker.kill();
      broker.start();

      broker.ask(new Request.WatchTap(anchor.uid, false));

      assertThat(second.isQueueAttached()).isTrue();
    }
  }

  private static void awaitAttached(Tap queue) {
    org.awaitility.Awaitility.await()
        .untilAsserted(() -> assertThat(queue.isQueueAttached()).isTrue());
  }

  @Test
  void takes_the_links_down_of_a_vmm_pod_that_never_dials() throws Exception {
    TestPod pod = pod(Role.VMM).mount();
    broker.ask(pod.expect());

    pod.start(List.of("/usr/bin/sleep", "infinity"));

    assertThat(broker.logged("isolated")).contains(pod.uid).contains("eth0");
  }

  @Test
  void kills_with_proof() throws Exception {
    TestPod anchor = launchedAnchor();
    int pid = pidOf(anchor);

    broker.ask(new Request.Kill(anchor.uid));

    assertThat(Files.exists(Path.of("/proc/" + pid + "/exe"))).isFalse();
    assertThat(broker.event(Event.Exited.class).podUid()).isEqualTo(anchor.uid);
    assertThat(broker.ask(new Request.Kill(anchor.uid))).as("again").isNotNull();
    refused(RefusalReason.GONE, () -> broker.ask(new Request.Facts(anchor.uid)));
  }

  @Test
  void tells_why_a_launch_failed() throws Exception {
    TestPod anchor = dialled(pod(Role.ANCHOR));
    var plan =
        new Plan(
            List.of(
                new Operation.OpenFile(
                    Slots.KERNEL, "/proc/self", "no-such-kernel", Operation.Access.READ)),
            List.of(),
            List.of());

    broker.ask(new Request.SendPlan(anchor.uid, anchor.uid, plan, List.of()));

    Event.LaunchFailed failed = broker.event(Event.LaunchFailed.class);
    assertThat(failed.reason()).isEqualTo(LaunchReason.KERNEL_NOT_FOUND);
    assertThat(failed.message()).contains("no-such-kernel");
    broker.event(Event.Exited.class);
  }

  @Test
  void refuses_a_process_that_is_not_the_first_of_its_container() throws Exception {
    TestPod pod = listening(pod(Role.VMM));
    var child = new ArrayList<>(List.of("sh", "-c", "\"$@\"; true", "sh"));
    child.addAll(pod.launcher());

    pod.start(child);

    assertThat(broker.logged("dial refused")).contains("not the first process");
  }

  @Test
  void refuses_a_process_of_another_pod_and_one_of_none() throws Exception {
    TestPod victim = listening(pod(Role.VMM));
    TestPod attacker = pod(Role.VMM).mount();

    attacker.start(attacker.launcher(), victim.directory());
    assertThat(broker.logged("dial refused")).contains("belongs to pod " + attacker.uid);
    attacker.stop();

    try (Fd volume = Open.path(victim.directory(), OpenFlag.PATH);
        UnixSocket mine =
            UnixSocket.connect(
                UnixSocket.Type.SEQPACKET, volume, "agent.sock", Deadline.inMillis(1000))) {
      broker.logged("in no pod's container");
      assertThat(mine.receive(64, Deadline.inMillis(5000)).isEnd()).isTrue();
    }
  }

  @Test
  void refuses_a_second_container_while_the_first_lives() throws Exception {
    TestPod pod = dialled(pod(Role.VMM));

    pod.start();

    assertThat(broker.logged("dial refused")).contains("known already");
  }

  @Test
  void refuses_a_launched_program_that_dials_again() throws Exception {
    TestPod anchor = launchedAnchor();
    TestPod vmm = dialled(pod(Role.VMM));
    var hostile = new ArrayList<>(List.of("/bin/sh", "-c", "sleep 1; exec \"$@\"", "sh"));
    hostile.addAll(vmm.launcher());
    var plan = new Plan(IDLE_VMM.operations(), hostile, List.of("MOULT_LAUNCHER_DIR=/srv"));

    broker.ask(new Request.SendPlan(vmm.uid, anchor.uid, plan, RAM_AND_MEET));
    broker.event(Event.Launched.class);

    assertThat(broker.logged("dial refused")).contains("known already");
    assertThat(broker.ask(new Request.Facts(vmm.uid)).recorded()).hasSize(2);
  }

  @Test
  void replaces_what_a_pod_put_in_the_sockets_place_and_touches_nothing_else() throws Exception {
    TestPod pod = pod(Role.VMM).mount();
    Path target = Files.writeString(directory.resolve("target"), "untouched");
    Files.createSymbolicLink(pod.directory().resolve("agent.sock"), target);

    listening(pod);

    assertThat(Files.isSymbolicLink(pod.directory().resolve("agent.sock"))).isFalse();
    assertThat(target).hasContent("untouched");
  }

  @Test
  void does_not_bind_where_a_link_or_a_plain_directory_takes_the_volumes_place() throws Exception {
    TestPod linked = pod(Role.VMM);
    Path elsewhere = Files.createDirectories(directory.resolve("elsewhere"));
    Files.createDirectories(linked.directory().getParent());
    Files.createSymbolicLink(linked.directory(), elsewhere);
    TestPod plain = pod(Role.VMM);
    Files.createDirectories(plain.directory());
    broker.ask(linked.expect());
    broker.ask(plain.expect());

    listening(pod(Role.VMM)); // a mount later: both were looked at again

    assertThat(elsewhere).isEmptyDirectory();
    assertThat(plain.directory()).isEmptyDirectory();
  }

  @Test
  void repeats_what_is_outstanding_to_the_next_agent() throws Exception {
    TestPod anchor = launchedAnchor();
    TestPod waiting = dialled(pod(Role.VMM));
    broker.disconnect();
    anchor.stop();
    broker.logged("exited");

    broker.reconnect();

    var heard = List.of(broker.event(Event.class), broker.event(Event.class));
    assertThat(heard).hasAtLeastOneElementOfType(Event.Dialled.class);
    assertThat(heard).contains(new Event.Exited(anchor.uid));
    assertThat(heard).extracting(Event::podUid).contains(waiting.uid);
  }

  @Test
  void a_new_broker_finds_all_again() throws Exception {
    TestPod anchor = launchedAnchor();
    TestPod dies = dialled(pod(Role.VMM));
    broker.ask(new Request.SendPlan(dies.uid, anchor.uid, IDLE_VMM, RAM_AND_MEET));
    broker.event(Event.Launched.class);
    TestPod waiting = dialled(pod(Role.VMM));
    Answer.SlotsSeen before = broker.ask(new Request.Facts(anchor.uid));

    broker.kill();
    dies.stop();
    broker.start();

    assertThat(broker.ask(new Request.Facts(anchor.uid))).isEqualTo(before);
    var heard = List.of(broker.event(Event.class), broker.event(Event.class));
    assertThat(heard).contains(new Event.Exited(dies.uid));
    assertThat(heard).hasAtLeastOneElementOfType(Event.Dialled.class);
    assertThat(broker.ask(new Request.ListPods()).pods())
        .extracting(PodStatus::podUid, PodStatus::stage)
        .contains(
            org.assertj.core.groups.Tuple.tuple(anchor.uid, PodStatus.Stage.LAUNCHED),
            org.assertj.core.groups.Tuple.tuple(dies.uid, PodStatus.Stage.EXITED),
            org.assertj.core.groups.Tuple.tuple(waiting.uid, PodStatus.Stage.DIALLED));
    broker.ask(new Request.SendPlan(waiting.uid, anchor.uid, IDLE_VMM, RAM_AND_MEET));
    assertThat(broker.event(Event.Launched.class).podUid()).isEqualTo(waiting.uid);
    broker.ask(new Request.Kill(waiting.uid));
  }

  @Test
  void an_anchor_whose_container_died_adopts_from_the_live_qemu() throws Exception {
    TestPod anchor = launchedAnchor();
    TestPod vmm = dialled(pod(Role.VMM));
    broker.ask(new Request.SendPlan(vmm.uid, anchor.uid, IDLE_VMM, RAM_AND_MEET));
    List<SlotFacts> parked = broker.event(Event.Launched.class).facts();
    anchor.stop();
    broker.event(Event.Exited.class);
    anchor.start();
    broker.event(Event.Dialled.class);

    var adopt =
        new Plan(
            List.of(new Operation.Receive(Slots.RAM), new Operation.Receive(Slots.MEET)),
            List.of(),
            List.of());
    broker.ask(
        new Request.SendPlan(
            anchor.uid,
            anchor.uid,
            adopt,
            List.of(new Source.Held(vmm.uid, Slots.RAM), new Source.Held(vmm.uid, Slots.MEET))));

    assertThat(broker.event(Event.Launched.class).facts()).isEqualTo(parked);
  }

  @Test
  void keeps_no_volume_busy_while_it_listens_there() throws Exception {
    TestPod anchor = dialled(pod(Role.ANCHOR));
    anchor.stop();
    broker.event(Event.Exited.class);
    assertThat(anchor.directory().resolve("agent.sock")).exists();

    anchor.unmount(); // as the kubelet does, before the agent forgets the pod

    assertThat(anchor.directory()).isEmptyDirectory();
  }

  @Test
  void forgets_a_pod() throws Exception {
    TestPod pod = dialled(pod(Role.ANCHOR));
    pod.stop();
    broker.event(Event.Exited.class);

    broker.ask(new Request.Forget(pod.uid));

    assertThat(pod.directory()).isEmptyDirectory();
    assertThat(directory.resolve("run/broker")).isEmptyDirectory();
    assertThat(broker.ask(new Request.ListPods()).pods()).isEmpty();
    refused(RefusalReason.UNKNOWN_POD, () -> broker.ask(new Request.Kill(pod.uid)));
  }

  @Test
  void tells_what_the_node_can_do() throws Exception {
    Answer.Capabilities node = broker.ask(new Request.Inventory());

    assertThat(node.kernel()).isEqualTo(System.getProperty("os.version"));
    assertThat(node.memoryBytes()).isGreaterThan(1L << 30);
    assertThat(node.kvmApi() > 0)
        .isEqualTo(Files.exists(Path.of("/dev/kvm"), LinkOption.NOFOLLOW_LINKS));
    assertThat(node.kvmRunsLinux()).isEqualTo(node.kvmProblem() == null);
  }

  @Test
  void measures_what_a_vm_uses_and_nothing_of_another() throws Exception {
    TestPod anchor = launchedAnchor();
    TestPod vmm = dialled(pod(Role.VMM));
    broker.ask(new Request.SendPlan(vmm.uid, anchor.uid, IDLE_VMM, RAM_AND_MEET));
    broker.event(Event.Launched.class);

    Answer.Measured before =
        broker.ask(new Request.Measure(vmm.uid, anchor.uid, List.of(innermostPid(vmm))));
    try (PidFd process = PidFd.open(pidOf(anchor))) {
      GuestTraffic.check(process);
    }
    Answer.Measured after =
        broker.ask(new Request.Measure(vmm.uid, anchor.uid, List.of(innermostPid(vmm))));

    assertThat(before.vcpuMicros()).isNotNegative();
    assertThat(after.vcpuMicros()).isGreaterThanOrEqualTo(before.vcpuMicros());
    assertThat(after.ramBytes()).as("allocated at once").isEqualTo(RAM);
    Traffic was = Objects.requireNonNull(before.traffic());
    Traffic is = Objects.requireNonNull(after.traffic());
    assertThat(is.sent().packets()).isGreaterThan(was.sent().packets());
    assertThat(is.received().bytes()).isGreaterThan(was.received().bytes());
    refused(
        RefusalReason.FAILED,
        () -> broker.ask(new Request.Measure(vmm.uid, anchor.uid, List.of(99_999))));
    refused(
        RefusalReason.BAD_REQUEST,
        () -> broker.ask(new Request.Measure(vmm.uid, vmm.uid, List.of())));
  }

  private int innermostPid(TestPod pod) throws Exception {
    try (PidFd process = PidFd.open(pidOf(pod));
        ProcDirectory proc = ProcDirectory.of(process)) {
      return proc.innermostPid();
    }
  }

  private TestPod pod(Role role) {
    var pod = new TestPod(directory.resolve("kubelet"), role, vm);
    pods.add(pod);
    return pod;
  }

  private TestPod listening(TestPod pod) throws Exception {
    broker.ask(pod.expect());
    if (!Files.exists(pod.directory())) {
      pod.mount();
    }
    broker.logged("listening pod=" + pod.uid);
    return pod;
  }

  private TestPod dialled(TestPod pod) throws Exception {
    listening(pod).start();
    assertThat(broker.event(Event.Dialled.class).podUid()).isEqualTo(pod.uid);
    return pod;
  }

  private TestPod launchedAnchor() throws Exception {
    return launchedAnchor(1);
  }

  private TestPod launchedAnchor(int queues) throws Exception {
    TestPod anchor = dialled(pod(Role.ANCHOR));
    broker.ask(network(anchor, queues));
    broker.ask(anchorPlan(anchor, queues));
    broker.event(Event.Launched.class);
    return anchor;
  }

  private static Request.MakeNetwork network(TestPod anchor, int queues) {
    return new Request.MakeNetwork(
        anchor.uid, "10.0.2.2", "10.0.2.1", 24, 0, true, List.of(), queues);
  }

  private static Request.SendPlan anchorPlan(TestPod anchor) {
    return anchorPlan(anchor, 1);
  }

  private static Request.SendPlan anchorPlan(TestPod anchor, int queues) {
    var operations =
        new ArrayList<Operation>(
            List.of(
                new Operation.CreateRam(Slots.RAM, RAM, 0),
                new Operation.Receive(Slots.MEET),
                new Operation.Receive(Slots.TAP)));
    var sources = new ArrayList<Source>(List.of(new Source.Meeting(), new Source.Tap()));
    for (int queue = 1; queue < queues; queue++) {
      operations.add(new Operation.Receive(Slots.tapQueue(queue)));
      sources.add(new Source.TapQueue(queue));
    }
    return new Request.SendPlan(
        anchor.uid, anchor.uid, new Plan(operations, List.of(), List.of()), sources);
  }

  private int pidOf(TestPod pod) throws Exception {
    return broker.ask(new Request.ListPods()).pods().stream()
        .filter(each -> each.podUid().equals(pod.uid))
        .findFirst()
        .orElseThrow()
        .pid();
  }

  private boolean isEth0Up(TestPod pod) throws Exception {
    try (PidFd process = PidFd.open(pidOf(pod));
        ProcDirectory proc = ProcDirectory.of(process);
        Fd namespace = proc.networkNamespace()) {
      return NetworkNamespace.call(namespace, () -> NetworkInterface.isUp("eth0"));
    }
  }

  private interface Asking {
    Object run() throws Exception;
  }

  private static void refused(RefusalReason reason, Asking asking) {
    assertThatThrownBy(asking::run)
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
