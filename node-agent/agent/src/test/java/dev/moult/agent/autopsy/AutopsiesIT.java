package dev.moult.agent.autopsy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.run.Glimpse;
import dev.moult.agent.run.Specs;
import dev.moult.api.v1alpha1.AutopsyFindings;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import dev.moult.api.v1alpha1.VirtualMachineAutopsySpec;
import dev.moult.autopsy.SyntheticKernel;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.socket.LoopbackListener;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.wire.Answer;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.Request;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Autopsies over real memory and a real port; the broker and the API server are played. */
@Timeout(60)
class AutopsiesIT {
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
  private static final String KEY = "0123456789abcdef".repeat(4);

  private final BlockingQueue<AutopsyFindings> found = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  private final CompletableFuture<Integer> port = new CompletableFuture<>();
  private volatile Instant now = NOW;
  private volatile boolean anchorLives = true;
  private volatile @Nullable Glimpse vm;
  private SyntheticKernel kernel;
  private Autopsies autopsies;

  @BeforeEach
  void begin() throws Exception {
    kernel = SyntheticKernel.make(false).says(1, "Linux version").says(2, "Oops").store();
    autopsies =
        new Autopsies(
            () -> vm == null ? List.of() : List.of(vm), new Anchor(), new Heard(), new Now());
  }

  @AfterEach
  void end() {
    autopsies.close();
    kernel.close();
  }

  @Test
  void theLogOfADeadGuestIsFoundOnce() throws Exception {
    vm = glimpse(GuestState.FAILED);

    autopsies.seen(autopsy("one", null));

    AutopsyFindings findings = next();
    assertThat(findings.readable()).isTrue();
    assertThat(findings.uid()).isEqualTo("uid-one");
    assertThat(findings.runID()).isEqualTo(Objects.requireNonNull(vm).run().runId());
    assertThat(findings.log()).isEqualTo("[    0.000001] Linux version\n[    0.000002] Oops\n");
    assertThat(findings.lines()).isEqualTo(2);
    assertThat(findings.bytes()).isEqualTo(Objects.requireNonNull(findings.log()).length());
    assertThat(events.poll(5, TimeUnit.SECONDS)).contains("was read", "one");
    autopsies.seen(autopsy("one", null));
    autopsies.seen(autopsy("two", null));
    assertThat(next().uid()).as("one is not read again").isEqualTo("uid-two");
    assertThat(port).as("without a key nobody listens").isNotDone();
  }

  @Test
  void whatCannotBeReadSaysWhy() throws Exception {
    autopsies.seen(autopsy("none", null));
    assertThat(next().message()).contains("no run of that virtual machine");

    vm = glimpse(GuestState.FAILED);
    anchorLives = false;
    autopsies.seen(autopsy("gone", null));
    AutopsyFindings gone = next();
    assertThat(gone.readable()).isFalse();
    assertThat(gone.message()).contains("does not hold the memory any more");

    anchorLives = true;
    vm = new Glimpse(glimpse(GuestState.FAILED).run().withRamInode(1), null, () -> false);
    autopsies.seen(autopsy("other", null));
    assertThat(next().message()).contains("another memory than the run had");
  }

  @Test
  void whoHasTheKeyGetsLogAndCoreOfAGuestThatStands() throws Exception {
    vm = glimpse(GuestState.PAUSED);
    autopsies.seen(autopsy("keyed", sha256(KEY)));
    assertThat(next().readable()).isTrue();

    Handed log = ask(KEY + " log\n");
    assertThat(log.text()).isEqualTo("[    0.000001] Linux version\n[    0.000002] Oops\n");
    assertThat(log.bytes()).isEqualTo(log.body().length);
    Handed core = ask(KEY + " core\n");
    assertThat(core.bytes()).isEqualTo(core.body().length).isGreaterThan(SyntheticKernel.RAM);
    assertThat(core.body()).startsWith(0x7f, 'E', 'L', 'F');
    assertThat(events)
        .anyMatch(event -> event.contains("the kernel's log"))
        .anyMatch(event -> event.contains("an ELF core"));
  }

  @Test
  void aGuestThatRunsGivesItsLogAlone() throws Exception {
    vm = glimpse(GuestState.RUNNING);
    autopsies.seen(autopsy("live", sha256(KEY)));
    assertThat(next().readable()).isTrue();

    assertThat(ask(KEY + " core\n").error()).contains("the guest runs", "pause it first");
    assertThat(ask(KEY + " log\n").text()).contains("Oops");
    assertThat(events).noneMatch(event -> event.contains("ELF core"));
  }

  @Test
  void nobodyElseGetsAnything() throws Exception {
    vm = glimpse(GuestState.PAUSED);
    VirtualMachineAutopsy autopsy = autopsy("keyed", sha256(KEY));
    autopsies.seen(autopsy);
    assertThat(next().readable()).isTrue();
    assertThat(events.poll(5, TimeUnit.SECONDS)).contains("was read");

    String wrong = KEY.replace('0', '1');
    for (String question : List.of(wrong + " core\n", " core\n", sha256(KEY) + " log\n", "\n")) {
      assertThat(ask(question).error()).contains("not the key");
    }
    assertThat(ask(KEY + " disk\n").error()).contains("log or core");
    assertThat(ask("x".repeat(100)).body()).as("no question").isEmpty();
    assertThat(events).isEmpty();
  }

  @Test
  void theKeyEndsWithItsTimeAndWithTheObject() throws Exception {
    vm = glimpse(GuestState.PAUSED);
    VirtualMachineAutopsy one = autopsy("one", sha256(KEY));
    VirtualMachineAutopsy other = autopsy("other", sha256("f".repeat(64)));
    autopsies.seen(one);
    autopsies.seen(other);
    assertThat(next().readable()).isTrue();
    assertThat(next().readable()).isTrue();
    assertThat(ask(KEY + " log\n").text()).contains("Oops");

    autopsies.gone(one);
    assertThat(ask(KEY + " log\n").error()).contains("not the key");
    assertThat(ask("f".repeat(64) + " log\n").text()).contains("Oops");
    now = NOW.plus(Duration.ofMinutes(10));
    assertIsClosed();
  }

  /** A caller that goes on, or says nothing, is no reason to stop. */
  @Test
  void aGuestThatGoesOnEndsItsCore() throws Exception {
    vm = glimpse(GuestState.PAUSED);
    autopsies.seen(autopsy("keyed", sha256(KEY)));
    assertThat(next().readable()).isTrue();
    try (Socket socket = call()) {
      socket.setReceiveBufferSize(1 << 16);
      socket.getOutputStream().write((KEY + " core\n").getBytes(StandardCharsets.US_ASCII));
      assertThat(socket.getInputStream().read()).isEqualTo('{');
      vm = glimpse(GuestState.RUNNING);

      long rest = socket.getInputStream().transferTo(OutputStream.nullOutputStream());

      assertThat(rest).isLessThan(SyntheticKernel.RAM);
    }
  }

  private AutopsyFindings next() throws InterruptedException {
    return Objects.requireNonNull(found.poll(20, TimeUnit.SECONDS), "nothing was found in time");
  }

  /** The door is closed by the thread's next look. */
  private void assertIsClosed() throws Exception {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThatThrownBy(this::call).isInstanceOf(ConnectException.class));
  }

  private Socket call() throws Exception {
    return new Socket(InetAddress.getByName("127.0.0.1"), port.get(20, TimeUnit.SECONDS));
  }

  /** What came: a line, and bytes. */
  private record Handed(String line, byte[] body) {
    JsonNode json() throws IOException {
      return new ObjectMapper().readTree(line);
    }

    long bytes() throws IOException {
      return json().path("bytes").asLong(-1);
    }

    String error() throws IOException {
      return json().path("error").asText();
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  private Handed ask(String question) throws Exception {
    try (Socket socket = call()) {
      socket.getOutputStream().write(question.getBytes(StandardCharsets.US_ASCII));
      var in = socket.getInputStream();
      var line = new ByteArrayOutputStream();
      for (int each = in.read(); each >= 0 && each != '\n'; each = in.read()) {
        line.write(each);
      }
      return new Handed(line.toString(StandardCharsets.UTF_8), in.readAllBytes());
    } catch (SocketException e) {
      return new Handed("", new byte[0]); // hung up on
    }
  }

  private Glimpse glimpse(GuestState state) throws LinuxException {
    FrozenMachine of = Specs.machine();
    FrozenMachine machine =
        new FrozenMachine(
            of.name(),
            of.uuid(),
            of.machineType(),
            of.accelerator(),
            of.cpu(),
            of.vcpus(),
            SyntheticKernel.RAM,
            of.firmware(),
            of.kernel(),
            of.nics(),
            of.smbios());
    RunRecord run =
        Specs.run(state, true)
            .withMachine(machine)
            .withGuest(new GuestRecord(state, null, null, 1))
            .withRamInode(FileStat.of(kernel.ram()).inode());
    return new Glimpse(run, null, () -> false);
  }

  private static VirtualMachineAutopsy autopsy(String name, @Nullable String keySha256) {
    var autopsy = new VirtualMachineAutopsy();
    autopsy.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("default")
            .withName(name)
            .withUid("uid-" + name)
            .withCreationTimestamp(NOW.toString())
            .build());
    autopsy.setSpec(new VirtualMachineAutopsySpec("web", keySha256, "10m"));
    return autopsy;
  }

  private static String sha256(String key) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
  }

  /** What the broker does with an anchor, at a port that is free here. */
  private final class Anchor implements Broker {
    @Override
    public <A extends Answer> A ask(Request<A> request, List<Fd> attached, Duration timeout) {
      throw new IllegalStateException("not asked here: " + request);
    }

    @Override
    public Fd askForDescriptor(Request<Answer.Descriptor> request, Duration timeout)
        throws BrokerException {
      try {
        return switch (request) {
          case Request.ReadRam read when anchorLives ->
              Open.reopen(kernel.ram(), OpenFlag.READ_ONLY);
          case Request.ReadRam read ->
              throw new BrokerException.Refused(RefusalReason.GONE, "its process is gone");
          case Request.ListenScreen listen -> listen();
          default -> throw new IllegalStateException("not asked here: " + request);
        };
      } catch (IOException e) {
        throw new BrokerException.Lost(String.valueOf(e.getMessage()));
      }
    }

    private Fd listen() throws IOException {
      int free;
      try (ServerSocket socket = new ServerSocket(0)) {
        free = socket.getLocalPort();
      }
      Fd listening = LoopbackListener.bind(free, 4).release();
      port.complete(free);
      return listening;
    }
  }

  private final class Heard implements Autopsies.Telling {
    @Override
    public void found(VirtualMachineAutopsy autopsy, AutopsyFindings findings) {
      found.add(findings);
    }

    @Override
    public void event(Glimpse about, String sentence) {
      events.add(sentence);
    }
  }

  private final class Now extends Clock {
    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }
}
