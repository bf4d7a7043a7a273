package dev.moult.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.socket.UnixSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The wire over a real seqpacket pair. */
class WireSocketIT {
  private static final Event EXITED = new Event.Exited("0b9a4b52-6a2f-4a39-8d1a-0f6f2a8f6a01");
  private UnixSocket.Pair pair;
  private WireSocket left;
  private WireSocket right;

  @BeforeEach
  void connect() throws Exception {
    pair = UnixSocket.pair(UnixSocket.Type.SEQPACKET);
    left = WireSocket.adopt(pair.left());
    right = WireSocket.adopt(pair.right());
  }

  @AfterEach
  void close() {
    pair.close();
  }

  @Test
  void carries_a_message_with_the_same_open_files() throws Exception {
    try (Fd memory = Memfd.guestRam("ram", 8192, Memfd.Pages.NORMAL)) {
      left.send(EXITED, List.of(memory), soon());

      try (Incoming incoming = Objects.requireNonNull(right.receive(soon()))) {
        assertThat(incoming.message()).isEqualTo(EXITED);
        SlotFacts sent = SlotFacts.of(10, memory);
        SlotFacts come = SlotFacts.of(10, incoming.descriptors().get(0));
        assertThat(come).isEqualTo(sent);
        assertThat(come.seals() & 0x7).isEqualTo(0x1 | 0x2 | 0x4); // F_SEAL_SEAL, SHRINK, GROW
        assertThat(come.size()).isEqualTo(8192);
        assertThat(come.kind()).isEqualTo(SlotFacts.Kind.FILE);
        assertThat(come.inode()).isEqualTo(FileStat.of(memory).inode());
      }
    }
  }

  @Test
  void carries_as_many_descriptors_as_a_vm_with_all_its_disks_needs() throws Exception {
    try (Fd memory = Memfd.create("x", 4096, Memfd.Pages.NORMAL)) {
      left.send(EXITED, Collections.nCopies(Limits.PLAN_DESCRIPTORS, memory), soon());
      left.send(EXITED, Collections.nCopies(Limits.DESCRIPTORS, memory), soon());
      left.send(EXITED, Collections.nCopies(Limits.DESCRIPTORS + 1, memory), soon());

      try (Incoming plan = Objects.requireNonNull(right.receivePlan(soon()));
          Incoming other = Objects.requireNonNull(right.receive(soon()))) {
        assertThat(plan.descriptors()).hasSize(Limits.PLAN_DESCRIPTORS);
        assertThat(other.descriptors()).hasSize(Limits.DESCRIPTORS);
      }
      assertThatThrownBy(() -> right.receive(soon())).isInstanceOf(LinuxException.class);
    }
  }

  @Test
  void says_null_when_the_peer_hangs_up() throws Exception {
    left.hangUp();

    assertThat(right.receive(soon())).isNull();
  }

  @Test
  void gives_up_at_the_deadline() {
    assertThatThrownBy(() -> right.receive(Deadline.inMillis(10)))
        .isInstanceOfSatisfying(LinuxException.class, e -> assertThat(e.isTimeout()).isTrue());
  }

  @Test
  void refuses_a_packet_that_is_no_message_and_closes_its_descriptors() throws Exception {
    try (Fd memory = Memfd.create("x", 4096, Memfd.Pages.NORMAL)) {
      pair.left().send("noise".getBytes(StandardCharsets.UTF_8), List.of(memory), soon());
    }
    int before = openDescriptors();

    assertThatThrownBy(() -> right.receive(soon())).isInstanceOf(WireException.class);

    assertThat(openDescriptors()).isEqualTo(before);
  }

  @Test
  void refuses_a_packet_over_the_limit() throws Exception {
    pair.left().send(new byte[Limits.MESSAGE_BYTES + 1], soon());

    assertThatThrownBy(() -> right.receive(soon())).isInstanceOf(LinuxException.class);
  }

  private static int openDescriptors() {
    return Objects.requireNonNull(new java.io.File("/proc/self/fd").list()).length;
  }

  private static Deadline soon() {
    return Deadline.in(Duration.ofSeconds(5));
  }
}
