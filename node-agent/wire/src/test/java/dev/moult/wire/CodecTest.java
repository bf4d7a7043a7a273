package dev.moult.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CodecTest {
  private static final String POD = "0b9a4b52-6a2f-4a39-8d1a-0f6f2a8f6a01";
  private static final String ANCHOR = "0b9a4b52-6a2f-4a39-8d1a-0f6f2a8f6a02";
  private static final SlotFacts RAM =
      new SlotFacts(10, SlotFacts.Kind.FILE, 1, 4711, 0, 1L << 40, 7, SlotFacts.Access.READ_WRITE);
  private static final Plan PLAN =
      new Plan(
          List.of(
              new Operation.Receive(12),
              new Operation.CreateRam(10, 512L << 20, 2L << 20),
              new Operation.OpenFile(14, "/volumes/boot", "boot/vmlinuz", Operation.Access.READ),
              new Operation.OpenFile(30, "/volumes/d", "disk.img", Operation.Access.READ_WRITE),
              new Operation.DupTty(13, 0)),
          List.of("/usr/bin/qemu-system-x86_64", "-S", ""),
          List.of("PATH=/usr/bin", "NAME=Ärger"));
  private static final Hello HELLO =
      new Hello(Role.VMM, "0.1.0", Probe.of("deflated".getBytes(StandardCharsets.UTF_8)));

  private static final List<Operation> DISKS =
      List.of(
          new Operation.OpenImage(31, "root", "/volumes/disk-root", "disk.qcow2"),
          new Operation.MakeOverlay(30, "root", 31, "/volumes/scratch/disk-root.qcow2"),
          new Operation.OpenDisk(
              32, "data", "/volumes/disk-data", "disk.img", Operation.Access.READ_WRITE, 10L << 30),
          new Operation.MakeDisk(34, "tmp", "/volumes/scratch/disk-tmp.img", 1L << 30),
          new Operation.MakeSeed(
              36,
              "seed",
              "/volumes/scratch/disk-seed.iso",
              "instance-id: " + ANCHOR,
              null,
              "#cloud-config\n",
              "version: 2"),
          new Operation.MakeSeed(
              38,
              "other",
              "/volumes/scratch/disk-other.iso",
              "",
              "/volumes/disk-other",
              null,
              null),
          new Operation.CopyFile(
              17, "/usr/share/OVMF/OVMF_VARS_4M.fd", "/volumes/scratch/efi-vars.fd"));
  private static final List<ImageFacts> IMAGES =
      List.of(
          new ImageFacts(30, ImageFacts.Format.QCOW2, 3L << 30, true),
          new ImageFacts(31, ImageFacts.Format.RAW, 3L << 30, false));

  static Stream<Message> everyMessage() {
    return Stream.of(
        HELLO,
        new Hello(Role.ANCHOR, "0.1.0", Probe.none()),
        new Hello(Role.VMM, "", Probe.failed(LaunchReason.QEMU_NOT_FOUND, "no QEMU in it")),
        PLAN,
        new Outcome.Ok(List.of(RAM)),
        new Outcome.Failed(LaunchReason.KERNEL_NOT_FOUND, 14, 2, "no /boot/vmlinuz: ENOENT"),
        new Asked(1, new Request.Expect(POD, Role.ANCHOR, ANCHOR, 100107)),
        new Asked(2, new Request.Forget(POD)),
        new Asked(3, new Request.MakeNetwork(POD, "10.0.2.2", "10.0.2.1", 24, 0, true, List.of())),
        new Asked(
            4,
            new Request.SendPlan(
                POD,
                ANCHOR,
                PLAN,
                List.of(
                    new Source.Parked(10),
                    new Source.Held(ANCHOR, 10),
                    new Source.Attached(0),
                    new Source.Kvm(),
                    new Source.Tap(),
                    new Source.Meeting()))),
        new Asked(5, new Request.Facts(POD)),
        new Asked(6, new Request.ListenCpr(POD, "a-cpr.sock")),
        new Asked(7, new Request.ConnectCpr(POD, "b-cpr.sock", 5000)),
        new Asked(8, new Request.Sweep(POD)),
        new Asked(9, new Request.WatchTap(POD, true)),
        new Asked(10, new Request.Kill(POD)),
        new Asked(11, new Request.Inventory()),
        new Asked(Long.MAX_VALUE, new Request.ListPods()),
        new Answered(1, new Answer.Done()),
        new Answered(2, new Answer.Refused(RefusalReason.GONE, 3, "it is dead")),
        new Answered(3, new Answer.NetworkMade(1450, "10.88.0.7")),
        new Answered(4, new Answer.SlotsSeen(List.of(RAM), List.of())),
        new Answered(5, new Answer.Descriptor()),
        new Answered(6, new Answer.TapWatched(3)),
        new Answered(
            7,
            new Answer.Capabilities(
                12,
                false,
                "a guest in long mode hangs",
                true,
                List.of("vfio0"),
                false,
                List.of(new Answer.HugePages(2L << 20, 512, 500)),
                4096,
                24L << 30,
                "6.18.0")),
        new Answered(
            8,
            new Answer.Capabilities(
                0, false, null, false, List.of(), false, List.of(), 4096, 1L << 30, "6.1")),
        new Answered(
            9,
            new Answer.Pods(
                List.of(
                    new PodStatus(POD, Role.VMM, ANCHOR, PodStatus.Stage.LAUNCHED, "c0ffee", 42),
                    new PodStatus(
                        ANCHOR, Role.ANCHOR, ANCHOR, PodStatus.Stage.EXPECTED, null, 0)))),
        new Event.Dialled(POD, "c0ffee", HELLO),
        new Event.Launched(POD, List.of(RAM)),
        new Event.LaunchFailed(POD, LaunchReason.NOT_ENOUGH_MEMORY, 10, 28, "no memory"),
        new Event.Exited(POD),
        new Plan(DISKS, List.of(), List.of()),
        new Outcome.Ok(List.of(RAM), IMAGES),
        new Asked(
            13,
            new Request.SendPlan(
                POD,
                ANCHOR,
                new Plan(
                    List.of(new Operation.Receive(30), new Operation.Receive(31)),
                    List.of("qemu-system-x86_64"),
                    List.of()),
                List.of(new Source.Reopen(30, true, true), new Source.Reopen(31, false, false)))),
        new Answered(10, new Answer.SlotsSeen(List.of(RAM), List.of(RAM), IMAGES)),
        new Event.Launched(POD, List.of(RAM), IMAGES),
        new Asked(12, new Request.Terminal(ANCHOR)),
        new Asked(14, new Request.Measure(POD, ANCHOR, List.of(17, 18))),
        new Answered(
            11,
            new Answer.Measured(
                4_711_000_000L,
                512L << 20,
                new Traffic(
                    new Traffic.Way(1L << 40, 900_000_000, 1, 2),
                    new Traffic.Way(3, 4, 5, Long.MAX_VALUE)))),
        new Answered(12, new Answer.Measured(0, 0, null)),
        new Asked(15, new Request.ListenScreen(ANCHOR, 5900)),
        new Asked(16, new Request.MakeBridge(ANCHOR, true, List.of("tcp/80"))),
        new Answered(
            13,
            new Answer.BridgeMade(
                1450, "10.88.0.7", 16, "8a:51:aa:bb:cc:dd", "10.88.0.1", List.of())),
        new Answered(
            14,
            new Answer.BridgeMade(
                1450,
                "10.88.0.7",
                32,
                "8a:51:aa:bb:cc:dd",
                "169.254.1.1",
                List.of("169.254.1.1/32,0.0.0.0", "0.0.0.0/0,169.254.1.1"))),
        new Plan(
            List.of(
                new Operation.KeepFile(
                    17,
                    "/usr/share/OVMF/OVMF_VARS_4M.ms.fd",
                    "/volumes/uefi-variables",
                    "web-uefi-variables-secure.fd")),
            List.of(),
            List.of()),
        new Asked(
            17,
            new Request.MakeNetwork(
                ANCHOR, "10.0.2.2", "10.0.2.1", 24, 0, true, List.of("tcp/80"), 4)),
        new Asked(18, new Request.MakeBridge(ANCHOR, true, List.of(), 2)),
        new Asked(
            19,
            new Request.SendPlan(
                ANCHOR,
                ANCHOR,
                new Plan(List.of(new Operation.Receive(23)), List.of(), List.of()),
                List.of(new Source.TapQueue(1)))),
        new Asked(20, new Request.WatchTap(ANCHOR, false, true)),
        new Answered(15, new Answer.TapWatched(3, 1)),
        new Asked(21, new Request.OfferQueues(ANCHOR)),
        new Asked(22, new Request.BridgeLink(ANCHOR, "net1", true)),
        new Asked(
            23,
            new Request.SendPlan(
                POD,
                ANCHOR,
                new Plan(
                    List.of(new Operation.Receive(12), new Operation.Receive(158)),
                    List.of(),
                    List.of()),
                List.of(new Source.Tap(), new Source.LinkTap("net1")))),
        new Answered(16, new Answer.BridgeMade(9000, "", 0, "8a:51:aa:bb:cc:dd", null, List.of())),
        new Asked(24, new Request.Freeze(POD)),
        new Asked(25, new Request.Thaw(POD)),
        new Asked(26, new Request.Digest(ANCHOR)),
        new Answered(17, new Answer.Digested(0xe3069283, 8L << 30, 3L << 30, 512_000)),
        new Asked(27, new Request.ReadRam(ANCHOR)),
        new Hello(Role.MEMORY, "0.2.0", Probe.none()),
        new Asked(
            28,
            new Request.Memory(
                ANCHOR,
                POD,
                new MemoryTask.Save("/volumes/suspend", "web.ram", "web.state", 1L << 40))),
        new Asked(29, new Request.Memory(ANCHOR, POD, new MemoryTask.SetStep(2, ANCHOR))),
        new MemoryOrder(POD, new MemoryTask.Save("/volumes/suspend", "web.ram", "web.state", 4096)),
        new MemoryOrder(POD, new MemoryTask.Fill("/volumes/suspend", "web.ram", 4096, true)),
        new MemoryOrder(POD, new MemoryTask.ReadState("/volumes/suspend", "web.state", false)),
        new MemoryOrder(POD, new MemoryTask.SetStep(1, ANCHOR)),
        new MemoryOrder(POD, new MemoryTask.Release()),
        new MemoryOrder(
            POD, new MemoryTask.Discard("/volumes/suspend", "web.ram", "web.state", ANCHOR)),
        new MemoryOrder(POD, new MemoryTask.Cancel()),
        new MemoryOrder(POD, new MemoryTask.Unknown("Stream")),
        new MemoryReport.Progress(POD, 1L << 30, 1L << 40),
        new MemoryReport.Finished(POD, 1L << 40, 4_000_000),
        new MemoryReport.Failed(POD, "NoSpace", 28, "there is no room for web.ram"),
        new Event.MemoryReady(ANCHOR, null),
        new Event.MemoryReady(ANCHOR, POD),
        new Event.MemoryProgress(ANCHOR, new MemoryReport.Progress(POD, 0, 0)),
        new Event.MemoryFinished(ANCHOR, new MemoryReport.Finished(POD, 4096, 1)),
        new Event.MemoryFailed(
            ANCHOR, new MemoryReport.Failed(POD, "Cancelled", 0, "it was asked to end")));
  }

  /** It becomes a part of commands that the broker runs as root. */
  @ParameterizedTest
  @ValueSource(
      strings = {"", "eth0", "net0", "net100", "net1 up", "lo", "br1", "tap1", "net-1", "NET1"})
  void the_name_of_a_further_link_is_one(String name) throws Exception {
    byte[] asked = Codec.encode(new Asked(1, new Request.BridgeLink(ANCHOR, name, true)));
    byte[] sent =
        Codec.encode(
            new Asked(
                1,
                new Request.SendPlan(
                    POD,
                    ANCHOR,
                    new Plan(List.of(), List.of(), List.of()),
                    List.of(new Source.LinkTap(name)))));

    assertThatThrownBy(() -> decode(asked)).hasMessageContaining("not the name of a further link");
    assertThatThrownBy(() -> decode(sent)).hasMessageContaining("not the name of a further link");
  }

  @ParameterizedTest
  @MethodSource("everyMessage")
  void reads_what_it_wrote(Message message) throws Exception {
    assertThat(decode(Codec.encode(message))).isEqualTo(message);
  }

  @ParameterizedTest
  @MethodSource("everyMessage")
  void refuses_every_truncation_or_reads_a_whole_message(Message message) throws Exception {
    byte[] packet = Codec.encode(message);
    for (int length = 0; length < packet.length; length++) {
      try {
        // Cut at a field's end, a message may still be whole: optional and repeated fields.
        assertThat(decode(Arrays.copyOf(packet, length))).hasSameClassAs(message);
      } catch (WireException expected) {
        assertThat(expected).hasMessageNotContaining("null");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyMessage")
  void survives_noise_without_anything_but_a_refusal(Message message) throws Exception {
    var random = new Random(4711);
    byte[] packet = Codec.encode(message);
    for (int round = 0; round < 300; round++) {
      byte[] noisy = packet.clone();
      for (int flips = random.nextInt(4) + 1; flips > 0; flips--) {
        noisy[random.nextInt(noisy.length)] = (byte) random.nextInt();
      }
      try {
        assertThat(decode(noisy)).isNotNull();
      } catch (WireException expected) {
        assertThat(expected.getMessage()).isNotBlank();
      }
    }
  }

  @Test
  void carries_the_ports_of_a_network_which_an_older_agent_does_not_name() throws Exception {
    var asked =
        new Asked(
            3,
            new Request.MakeNetwork(
                POD, "10.0.2.2", "10.0.2.1", 24, 0, true, List.of("tcp/80", "udp/53")));

    assertThat(decode(Codec.encode(asked))).isEqualTo(asked);
  }

  @Test
  void refuses_a_number_of_queues_that_no_tap_has() throws Exception {
    byte[] bridge = Codec.encode(new Asked(1, new Request.MakeBridge(ANCHOR, true, List.of())));

    for (int queues : List.of(0, -1, Slots.MOST_QUEUES + 1)) {
      assertThatThrownBy(() -> decode(joined(bridge, field(5, ints(queues)))))
          .isInstanceOf(WireException.class);
    }
  }

  @Test
  void skips_a_field_it_does_not_know() throws Exception {
    byte[] newer = joined(Codec.encode(new Event.Exited(POD)), field(999, new byte[] {1, 2, 3}));

    assertThat(decode(newer)).isEqualTo(new Event.Exited(POD));
  }

  @Test
  void keeps_the_name_of_an_operation_it_does_not_know() throws Exception {
    Plan newer = new Plan(List.of(new Operation.Unknown("MapDax", 40)), List.of(), List.of());

    assertThat(decode(Codec.encode(newer))).isEqualTo(newer);
  }

  @Test
  void reads_an_unknown_reason_as_a_failure_still() throws Exception {
    byte[] packet =
        joined(
            new byte[] {1, Outcome.Failed.TYPE},
            field(1, "CosmicRay".getBytes(StandardCharsets.UTF_8)),
            field(2, new byte[] {-1, -1, -1, -1}),
            field(3, new byte[4]));

    assertThat(decode(packet)).isEqualTo(new Outcome.Failed(LaunchReason.OTHER, -1, 0, ""));
  }

  @Test
  void refuses_threads_that_are_none_and_more_than_the_limit() throws Exception {
    var threads = Collections.nCopies(Limits.THREADS, 1);
    byte[] most = Codec.encode(new Asked(1, new Request.Measure(POD, ANCHOR, threads)));
    byte[] none = Codec.encode(new Asked(1, new Request.Measure(POD, ANCHOR, List.of())));

    assertThat(decode(most)).isEqualTo(new Asked(1, new Request.Measure(POD, ANCHOR, threads)));
    assertThatThrownBy(() -> decode(joined(most, field(4, ints(1)))))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("at most 512");
    assertThatThrownBy(() -> decode(joined(none, field(4, ints(-1)))))
        .isInstanceOf(WireException.class);
    assertThatThrownBy(() -> decode(joined(none, field(4, new byte[3]))))
        .isInstanceOf(WireException.class);
  }

  @Test
  void refuses_a_length_beyond_the_packet() {
    byte[] lying = joined(new byte[] {1, Event.Exited.TYPE, 0, 2}, ints(Integer.MAX_VALUE));
    byte[] negative = joined(new byte[] {1, Event.Exited.TYPE, 0, 2}, ints(-1));

    assertThatThrownBy(() -> decode(lying)).isInstanceOf(WireException.class);
    assertThatThrownBy(() -> decode(negative)).isInstanceOf(WireException.class);
  }

  @Test
  void refuses_another_version_and_another_type() {
    assertThatThrownBy(() -> decode(new byte[] {2, Hello.TYPE}))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("version 2");
    assertThatThrownBy(() -> decode(new byte[] {1, 15}))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("type 15");
  }

  @Test
  void refuses_a_uid_that_would_leave_its_directory() throws Exception {
    for (String uid : List.of("../../etc", "", "a/b", "A", "x".repeat(65), "a.b")) {
      byte[] packet = Codec.encode(new Event.Exited(uid));

      assertThatThrownBy(() -> decode(packet)).isInstanceOf(WireException.class);
    }
  }

  @Test
  void refuses_a_nul_in_an_argument() throws Exception {
    byte[] packet = Codec.encode(new Plan(List.of(), List.of("a\0b"), List.of()));

    assertThatThrownBy(() -> decode(packet)).hasMessageContaining("NUL");
  }

  @Test
  void refuses_broken_utf8() {
    byte[] packet =
        joined(new byte[] {1, Plan.TYPE}, field(2, new byte[] {(byte) 0xc3, (byte) 0x28}));

    assertThatThrownBy(() -> decode(packet)).hasMessageContaining("UTF-8");
  }

  @Test
  void refuses_a_single_field_that_comes_twice() throws Exception {
    byte[] packet =
        joined(
            Codec.encode(new Event.Exited(POD)), field(2, ANCHOR.getBytes(StandardCharsets.UTF_8)));

    assertThatThrownBy(() -> decode(packet)).hasMessageContaining("twice");
  }

  @Test
  void refuses_more_fields_than_the_limit() {
    var packet = ByteBuffer.allocate(Limits.MESSAGE_BYTES);
    packet.put((byte) 1).put((byte) Plan.TYPE);
    while (packet.remaining() >= 6) {
      packet.putShort((short) 2).putInt(0);
    }

    assertThatThrownBy(() -> Codec.decode(packet.flip())).hasMessageContaining("fields");
  }

  @Test
  void does_not_write_more_than_a_packet_holds() {
    var much = new ArrayList<>(Collections.nCopies(70, "x".repeat(1000)));

    assertThatThrownBy(() -> Codec.encode(new Plan(List.of(), much, List.of())))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("65536");
    assertThatThrownBy(() -> Codec.encode(new Hello(Role.VMM, "", Probe.of(new byte[62 * 1024]))))
        .isInstanceOf(WireException.class);
  }

  @Test
  void blanks_control_characters_of_a_foreign_sentence() throws Exception {
    var failed = new Outcome.Failed(LaunchReason.OTHER, -1, 0, "a\u001b[2Jb\n" + "x".repeat(2000));

    var read = (Outcome.Failed) decode(Codec.encode(failed));

    assertThat(read.message()).startsWith("a [2Jb xxx").hasSize(Limits.SENTENCE);
  }

  private static Message decode(byte[] packet) throws WireException {
    return Codec.decode(ByteBuffer.wrap(packet));
  }

  private static byte[] field(int tag, byte[] value) {
    return ByteBuffer.allocate(6 + value.length)
        .putShort((short) tag)
        .putInt(value.length)
        .put(value)
        .array();
  }

  private static byte[] ints(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  private static byte[] joined(byte[]... parts) {
    var all = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(part -> part.length).sum());
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.array();
  }

  @Test
  void refusesAProbeThatWouldNotFitAnEvent() throws Exception {
    byte[] packet = helloWithProbe(Limits.PROBE_BYTES + 1);

    assertThatThrownBy(() -> Codec.decode(ByteBuffer.wrap(packet)))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("probe is larger");
    Hello largest = (Hello) Codec.decode(ByteBuffer.wrap(helloWithProbe(Limits.PROBE_BYTES)));
    assertThat(Codec.encode(new Event.Dialled("f".repeat(64), "f".repeat(64), largest)))
        .hasSizeLessThan(Limits.MESSAGE_BYTES);
  }

  @Test
  void cutsASentenceBetweenCharactersAndBlanksWhatMovesACursor() throws Exception {
    String cut = "x".repeat(Limits.SENTENCE - 1) + "\ud83d\udc0d";
    String moves = "a\u001b[2J\u202eb\u2028c\u009b5n";

    assertThat(sentence(cut)).isEqualTo("x".repeat(Limits.SENTENCE - 1));
    assertThat(sentence(moves)).isEqualTo("a [2J b c 5n");
  }

  @Test
  void refusesMoreFactsThanThereAreSlots() throws Exception {
    byte[] packet = Codec.encode(new Outcome.Ok(Collections.nCopies(Limits.SLOTS + 1, RAM)));

    assertThatThrownBy(() -> Codec.decode(ByteBuffer.wrap(packet)))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("more than 256 times");
  }

  /** Who does not know of huge pages reads facts as they were, and writes them without. */
  @Test
  void tellsOfHugePagesInAFieldThatMayBeMissing() throws Exception {
    var huge =
        new SlotFacts(
            10, SlotFacts.Kind.FILE, 1, 4711, 0, 1L << 40, 7, SlotFacts.Access.READ_WRITE, 2 << 20);

    byte[] packet = Codec.encode(new Outcome.Ok(List.of(huge)));
    assertThat(decode(packet)).isEqualTo(new Outcome.Ok(List.of(huge)));
    assertThat(packet.length - Codec.encode(new Outcome.Ok(List.of(RAM))).length).isEqualTo(14);
    assertThat(huge.isAs(RAM)).isTrue();
    assertThat(RAM.isAs(RAM)).isTrue();
    assertThat(RAM.isAs(huge)).as("made of others than was told").isFalse();
    assertThat(huge.isAs(RAM.withSize(1))).isFalse();
  }

  private static String sentence(String message) throws WireException {
    var failed = new Outcome.Failed(LaunchReason.OTHER, -1, 0, message);
    var read = (Outcome.Failed) Codec.decode(ByteBuffer.wrap(Codec.encode(failed)));
    assertThat(Codec.decode(ByteBuffer.wrap(Codec.encode(read)))).isEqualTo(read);
    return read.message();
  }

  /** As a hostile launcher writes it: our own would refuse to. */
  private static byte[] helloWithProbe(int bytes) {
    ByteBuffer packet = ByteBuffer.allocate(bytes + 64);
    packet.put((byte) Codec.VERSION).put((byte) Hello.TYPE);
    packet.putShort((short) 1).putInt(4).putInt(2);
    packet.putShort((short) 2).putInt(1).put((byte) '1');
    packet.putShort((short) 3).putInt(6 + bytes);
    packet.putShort((short) 1).putInt(bytes).put(new byte[bytes]);
    return Arrays.copyOf(packet.array(), packet.position());
  }
}
