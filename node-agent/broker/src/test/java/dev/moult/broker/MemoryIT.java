package dev.moult.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.linux.Fd;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.file.Open;
import dev.moult.linux.process.PidFd;
import dev.moult.memory.StateFile;
import dev.moult.memory.StateHeader;
import dev.moult.memory.Step;
import dev.moult.wire.Event;
import dev.moult.wire.MemoryTask;
import dev.moult.wire.Operation;
import dev.moult.wire.Plan;
import dev.moult.wire.PodStatus;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.RefusedException;
import dev.moult.wire.Request;
import dev.moult.wire.Role;
import dev.moult.wire.Slots;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The memory container of an anchor pod, with a real broker, launchers, and files. */
final class MemoryIT {
  private static final long RAM = 32L << 20;
  private static final int STATE = 70_000;
  private static final String RUN = "9f000000-1111-4222-8333-444455556666";
  private static final String MACHINE = "cd".repeat(32);

  @TempDir Path directory;
  private final String vm = UUID.randomUUID().toString();
  private final List<TestPod> pods = new ArrayList<>();
  private Path volume;
  private TestBroker broker;
  private TestPod anchor;

  @BeforeEach
  void start() throws Exception {
    volume = Files.createDirectory(directory.resolve("volume"));
    broker = new TestBroker(directory).start();
    anchor = pod(Role.ANCHOR);
    broker.ask(anchor.expect());
    anchor.mount();
    broker.logged("listening pod=" + anchor.uid);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
    for (TestPod pod : pods) {
      pod.close();
    }
  }

  @Test
  void ramAndStateGoToFilesAndBackIntoAnotherAnchor() throws Exception {
    launchAnchor();
    writeRam(anchor, 5L << 20, 3);
    startMemory();
    try (Fd state = state()) {
      Event.MemoryFinished saved = finished(save(), state);
      assertThat(saved.report().bytes()).isEqualTo(RAM);
    }
    assertThat(volume.toFile().list()).containsExactlyInAnyOrder("web.ram", "web.state");
    try (Fd saved = Open.path(volume.resolve("web.ram"))) {
      assertThat(FileStat.of(saved).blocks() * 512).as("holes").isLessThan(4L << 20);
    }
    anchor.stop();
    awaitExits();

    launchAnchor(); // its container was started again: fresh RAM
    startMemory();
    try (Fd loaded = Memfd.create("loaded", 0, Memfd.Pages.NORMAL)) {
      finished(new MemoryTask.ReadState(volume.toString(), "web.state", false), loaded);
      StateFile.Seen seen = StateFile.readUnused(loaded);
      seen.header().requireOf(vm, MACHINE, RAM);
      assertThat(seen.step()).isEqualTo(Step.SAVED);
    }
    finished(new MemoryTask.Fill(volume.toString(), "web.ram", RAM, true));
    assertThat(readRam(anchor, 5L << 20)).isEqualTo(bytes(3));
    assertThat(readRam(anchor, 6L << 20)).isEqualTo(new byte[4096]);

    finished(new MemoryTask.SetStep(1, RUN));
    finished(new MemoryTask.SetStep(2, RUN));
    finished(new MemoryTask.SetStep(2, RUN)); // an agent that did not hear of it
    assertThat(failed(new MemoryTask.SetStep(1, RUN))).isEqualTo("StateUsed");
    try (Fd loaded = Memfd.create("loaded", 0, Memfd.Pages.NORMAL)) {
      var again = new MemoryTask.ReadState(volume.toString(), "web.state", false);
      assertThat(failed(again, loaded)).isEqualTo("StateUsed");
    }
    finished(new MemoryTask.Discard(volume.toString(), "web.ram", "web.state", vm));
    assertThat(volume.toFile().list()).isEmpty();
  }

  @Test
  void theRamIsGivenToBeReadWhenItIsSaved() throws Exception {
    launchAnchor();
    Process memory = startMemory();
    signal(memory, "STOP"); // so that the order waits with its descriptors in the socket
    try (Fd state = state()) {
      broker.ask(new Request.Memory(anchor.uid, work(), save()), state);
      refused(
          RefusalReason.BAD_REQUEST,
          () -> broker.ask(new Request.Memory(anchor.uid, work(), new MemoryTask.Release())));
    }
    signal(memory, "CONT");

    broker.event(Event.MemoryFinished.class);
  }

  @Test
  void whatTheVolumeRefusesIsSaidByItsReason() throws Exception {
    launchAnchor();
    writeRam(anchor, 0, 1);
    startMemory();
    Files.write(volume.resolve("small.ram"), new byte[4096]);
    Files.write(volume.resolve("empty.ram"), new byte[0]);
    try (var large =
        Files.newByteChannel(
            volume.resolve("large.ram"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      large.position(RAM + 4095).write(ByteBuffer.allocate(1));
    }

    for (String name : List.of("small.ram", "empty.ram", "large.ram")) {
      assertThat(failed(fill(name))).as(name).isEqualTo("RamSizeMismatch");
    }
    Path secret = Files.write(volume.resolve("secret.ram"), new byte[4096]);
    TestPod.run("chown", "65534:65534", secret.toString());
    TestPod.run("chmod", "0600", secret.toString());
    assertThat(failed(fill("secret.ram"))).isEqualTo("MemoryFileNotReadable");
    assertThat(failed(fill("none.ram"))).isEqualTo("MemoryFileNotFound");
    assertThat(failed(fill("../volume/small.ram"))).isEqualTo("MemoryFileNotReadable");
    assertThat(failed(new MemoryTask.SetStep(2, RUN))).isEqualTo("Interrupted");
    assertThat(readRam(anchor, 0)).isEqualTo(bytes(1));
  }

  @Test
  void aFullVolumeIsSaidAndLeavesNothing() throws Exception {
    TestPod.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", volume.toString());
    try {
      launchAnchor();
      writeRam(anchor, 0, 1);
      writeRam(anchor, 20L << 20, 2);
      startMemory();
      try (Fd state = state()) {
        assertThat(failed(save(), state)).isEqualTo("NoSpace");
      }
      assertThat(volume.toFile().list()).isEmpty();
    } finally {
      anchor.stop();
      TestPod.run("umount", volume.toString());
    }
  }

  @Test
  void workIsDoneOnceHoweverOftenItIsAskedFor() throws Exception {
    launchAnchor();
    startMemory();
    String work = work();
    try (Fd state = state()) {
      broker.ask(new Request.Memory(anchor.uid, work, save()), state);
      Event.MemoryFinished first = broker.event(Event.MemoryFinished.class);
      Object inode = Files.getAttribute(volume.resolve("web.ram"), "unix:ino");

      broker.ask(new Request.Memory(anchor.uid, work, save()), state);

      assertThat(broker.event(Event.MemoryFinished.class)).isEqualTo(first);
      assertThat(Files.getAttribute(volume.resolve("web.ram"), "unix:ino")).isEqualTo(inode);
      broker.disconnect();
      broker.logged("agent disconnected");
      broker.connect();
      broker.ask(new Request.ListPods());
      assertThat(broker.event(Event.MemoryReady.class).work()).isNull();
      assertThat(broker.event(Event.MemoryFinished.class)).isEqualTo(first);
    }
  }

  @Test
  void aContainerThatDiesInterruptsItsWorkAndTheNextOneBeginsAnew() throws Exception {
    launchAnchor();
    Process memory = startMemory();
    signal(memory, "STOP");
    String work = work();
    try (Fd state = state()) {
      broker.ask(new Request.Memory(anchor.uid, work, save()), state);
      kill(memory);

      Event.MemoryFailed failed = broker.event(Event.MemoryFailed.class);
      assertThat(failed.report().work()).isEqualTo(work);
      assertThat(failed.report().reason()).isEqualTo("Interrupted");
      Files.write(volume.resolve("web.ram.partial"), new byte[5]); // as one does that is killed
      startMemory();
      finished(save(), state);
    }
    assertThat(volume.toFile().list()).containsExactlyInAnyOrder("web.ram", "web.state");
  }

  @Test
  void aNewBrokerIsDialledAndWhatTheOldOneHeldIsLetGo() throws Exception {
    launchAnchor();
    startMemory();
    try (Fd state = state();
        Fd loaded = Memfd.create("loaded", 0, Memfd.Pages.NORMAL)) {
      finished(save(), state);
      finished(new MemoryTask.ReadState(volume.toString(), "web.state", false), loaded);
    }
    broker.kill();
    broker.disconnect();

    broker.start();

    broker.event(Event.MemoryReady.class);
    assertThat(failed(new MemoryTask.SetStep(2, RUN))).isEqualTo("Interrupted");
    try (Fd loaded = Memfd.create("loaded", 0, Memfd.Pages.NORMAL)) {
      finished(new MemoryTask.ReadState(volume.toString(), "web.state", false), loaded);
    }
    finished(new MemoryTask.SetStep(2, RUN));
    assertThat(broker.ask(new Request.ListPods()).pods())
        .extracting(PodStatus::stage)
        .containsExactly(PodStatus.Stage.LAUNCHED);
  }

  @Test
  void workIsEndedWhenItIsNotWanted() throws Exception {
    launchAnchor();
    Process memory = startMemory();
    signal(memory, "STOP");
    String work = work();
    try (Fd state = state()) {
      broker.ask(new Request.Memory(anchor.uid, work, save()), state);
      broker.ask(new Request.Memory(anchor.uid, work(), new MemoryTask.Cancel())); // of another
      broker.ask(new Request.Memory(anchor.uid, work, new MemoryTask.Cancel()));
    }
    signal(memory, "CONT");

    Event end = broker.events.take();
    // It may have been done before it heard of it: then it is done, and says so.
    if (end instanceof Event.MemoryFailed failed) {
      assertThat(failed.report().reason()).isEqualTo("Cancelled");
      assertThat(volume.toFile().list()).isEmpty();
    } else {
      assertThat(end).isInstanceOf(Event.MemoryFinished.class);
      assertThat(volume.toFile().list()).hasSize(2);
    }
  }

  @Test
  void itDoesNotTakeTheAnchorsPlaceAlthoughItDialsFirst() throws Exception {
    startMemory();
    refused(
        RefusalReason.NOT_DIALLED,
        () -> broker.ask(new Request.Memory(anchor.uid, work(), fill("web.ram"))));
    assertThat(failed(new MemoryTask.SetStep(2, RUN))).isEqualTo("Interrupted");

    launchAnchor();

    assertThat(failed(fill("web.ram"))).isEqualTo("MemoryFileNotFound");
  }

  @Test
  void aSecondOneIsRefusedWhileTheFirstLivesAndTakesItsPlaceAfterwards() throws Exception {
    launchAnchor();
    Process first = startMemory();

    anchor.startMemory();
    assertThat(broker.logged("dial refused")).contains("known already");
    kill(first);

    broker.event(Event.MemoryReady.class);
  }

  @Test
  void aSecondAnchorIsRefusedWhileTheFirstLives() throws Exception {
    launchAnchor();

    anchor.start();

    assertThat(broker.logged("dial refused")).contains("known already");
  }

  @Test
  void onlyAnAnchorPodHasOne() throws Exception {
    launchAnchor();
    TestPod vmm = pod(Role.VMM);
    broker.ask(vmm.expect());
    vmm.mount();
    broker.logged("listening pod=" + vmm.uid);

    vmm.startMemory();

    assertThat(broker.logged("launcher refused")).contains("it says it is a MEMORY launcher");
    refused(
        RefusalReason.BAD_REQUEST,
        () -> broker.ask(new Request.Memory(vmm.uid, work(), new MemoryTask.Release())));
    refused(
        RefusalReason.BAD_REQUEST,
        () -> broker.ask(new Request.Expect(UUID.randomUUID().toString(), Role.MEMORY, vm, 7)));
    refused(
        RefusalReason.NOT_DIALLED,
        () -> broker.ask(new Request.Memory(anchor.uid, work(), new MemoryTask.Release())));
    refused(
        RefusalReason.BAD_REQUEST,
        () -> broker.ask(new Request.Memory(anchor.uid, work(), new MemoryTask.Unknown("Stream"))));
    refused(
        RefusalReason.BAD_REQUEST,
        () -> broker.ask(new Request.Memory(anchor.uid, work(), save()))); // and no state
  }

  private void launchAnchor() throws Exception {
    anchor.start();
    broker.event(Event.Dialled.class);
    broker.ask(
        new Request.SendPlan(
            anchor.uid,
            anchor.uid,
            new Plan(List.of(new Operation.CreateRam(Slots.RAM, RAM, 0)), List.of(), List.of()),
            List.of()));
    broker.event(Event.Launched.class);
  }

  private Process startMemory() throws Exception {
    Process memory = anchor.startMemory();
    assertThat(broker.event(Event.MemoryReady.class).podUid()).isEqualTo(anchor.uid);
    return memory;
  }

  private void awaitExits() throws InterruptedException {
    broker.event(Event.Exited.class);
    broker.logged("memory container gone");
  }

  private Event.MemoryFinished finished(MemoryTask task, Fd... attached) throws Exception {
    String work = work();
    broker.ask(new Request.Memory(anchor.uid, work, task), attached);
    Event.MemoryFinished finished = broker.event(Event.MemoryFinished.class);
    assertThat(finished.report().work()).isEqualTo(work);
    return finished;
  }

  private String failed(MemoryTask task, Fd... attached) throws Exception {
    broker.ask(new Request.Memory(anchor.uid, work(), task), attached);
    return broker.event(Event.MemoryFailed.class).report().reason();
  }

  private MemoryTask save() {
    return new MemoryTask.Save(volume.toString(), "web.ram", "web.state", RAM);
  }

  private MemoryTask fill(String name) {
    return new MemoryTask.Fill(volume.toString(), name, RAM, false);
  }

  private static String work() {
    return UUID.randomUUID().toString();
  }

  private Fd state() throws Exception {
    Fd file = Memfd.create("state", 0, Memfd.Pages.NORMAL);
    FileControl.truncate(file, StateFile.HEADER_BYTES);
    FileIo.writeAt(file, StateFile.HEADER_BYTES, new byte[STATE]);
    String digest = StateFile.digest(file, STATE);
    StateFile.write(file, new StateHeader(vm, RUN, 1, digest, STATE, MACHINE, "11.1.3", RAM, 4096));
    return file;
  }

  private void writeRam(TestPod pod, long at, int seed) throws Exception {
    try (PidFd process = PidFd.open(pidOf(pod));
        Fd ram = process.getFd(Slots.RAM)) {
      FileIo.writeAt(ram, at, bytes(seed));
    }
  }

  private byte[] readRam(TestPod pod, long at) throws Exception {
    try (PidFd process = PidFd.open(pidOf(pod));
        Fd ram = process.getFd(Slots.RAM)) {
      return FileIo.readAt(ram, at, 4096);
    }
  }

  private static byte[] bytes(int seed) {
    var bytes = new byte[4096];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private int pidOf(TestPod pod) throws Exception {
    return broker.ask(new Request.ListPods()).pods().stream()
        .filter(each -> each.podUid().equals(pod.uid))
        .findFirst()
        .orElseThrow()
        .pid();
  }

  /** To the launcher itself: it is the last of what was started. */
  private static void signal(Process container, String name) throws Exception {
    TestPod.run("kill", "-" + name, Long.toString(innermost(container).pid()));
  }

  private static void kill(Process container) throws Exception {
    signal(container, "KILL");
    container.waitFor();
  }

  private static ProcessHandle innermost(Process container) {
    return container.descendants().reduce((outer, inner) -> inner).orElseThrow();
  }

  private TestPod pod(Role role) {
    var pod = new TestPod(directory.resolve("kubelet"), role, vm);
    pods.add(pod);
    return pod;
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
