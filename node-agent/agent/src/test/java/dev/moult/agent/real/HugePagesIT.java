package dev.moult.agent.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.watch.PodVolumes;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.HugePageSize;
import dev.moult.api.v1alpha1.MemorySpec;
import dev.moult.linux.testing.HugePageReserve;
import dev.moult.wire.Request;
import io.fabric8.kubernetes.api.model.Quantity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest whose memory is made of huge pages, through the agent's handoffs, on real QEMUs. */
class HugePagesIT {
  private static final String OLD = "10.0.2";
  private static final String NEW = "11.1.3";
  private static final Duration BOOT = Duration.ofSeconds(120);
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final long RAM_BYTES = 256L << 20;

  /** The guest's, and some that must be left over. */
  private static final long PAGES = 192;

  @TempDir Path directory;
  private @Nullable HugePageReserve reserve;
  private @Nullable TestNode node;
  private long free;

  @BeforeEach
  void begin() throws Exception {
    reserve = HugePageReserve.take(PAGES);
    free = HugePageReserve.free();
    node = new TestNode(directory);
    node().wish(spec -> spec.memory(memory(HugePageSize.TWO_MIB)), PodVolumes.none());
  }

  @AfterEach
  void end() throws Exception {
    if (node != null) {
      node.close();
    }
    if (reserve != null) {
      reserve.close();
    }
  }

  @Test
  void stayThroughUpdatesAndAnAnchorThatStartsAgain() throws Exception {
    String pod = boot();
    assertThat(HugePageReserve.free()).isEqualTo(free - RAM_BYTES / HugePageReserve.PAGE_BYTES);
    isMadeOfHugePages(pod);
    assertThat(shown().machine()).extracting("hugePageBytes").isEqualTo(2L << 20);

    for (String version : List.of(NEW, NEW, OLD, NEW)) {
      UpdateResult result = ended(node().update(version));

      assertThat(result.verdict()).as(result.message()).isEqualTo(End.COMMITTED);
      assertThat(result.ramInode()).isNotZero().isEqualTo(result.ramInodeAfter());
      System.out.printf("to %s with huge pages: pause %d µs%n", version, result.pauseMicros());
      isMadeOfHugePages(Objects.requireNonNull(shown().vmm()).podUid());
      guestIsWell();
    }

    node().broker().stopAnchor(node().anchorUid());
    node().anchorAgain();
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(node().broker().slots(node().anchorUid())).contains(10));
    UpdateResult last = ended(node().update(NEW));
    assertThat(last.verdict()).as(last.message()).isEqualTo(End.COMMITTED);
    guestIsWell();

    assertThat(HugePageReserve.free())
        .as("no update took more")
        .isEqualTo(free - RAM_BYTES / HugePageReserve.PAGE_BYTES);
    node().close();
    node = null;
    assertThat(HugePageReserve.free()).as("they are given back").isEqualTo(free);
  }

  /** QEMU would run the guest in what is there, whatever the machine is to have. */
  @Test
  void aGuestIsNotStartedInMemoryThatItsSpecDoesNotHaveAnyMore() throws Exception {
    AtomicBoolean changed = new AtomicBoolean();
    node()
        .broker()
        .beforeEach(request -> {
          if (request instanceof Request.SendPlan && changed.compareAndSet(false, true)) {
            node().wishAgain(spec -> spec.memory(memory(null)));
          }
        });

    String pod = node().boot(OLD);

    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(node().shown())
                .isNotNull()
                .extracting(run -> run.guest().state())
                .isEqualTo(GuestState.FAILED));
    assertThat(shown().guest().reason()).isEqualTo("MemoryAllocationFailed");
    assertThat(shown().guest().message())
        .isEqualTo(
            "The anchor holds memory of 268435456 bytes in huge pages of 2 MiB, but the machine is"
                + " to have 268435456 bytes in ordinary pages.");
    assertThat(node().broker().wasLaunched(pod)).isFalse();
  }

  private static MemorySpec memory(@Nullable HugePageSize pages) {
    return new MemorySpec(new Quantity("256Mi"), pages);
  }

  /** As the kernel shows QEMU's mapping of it. */
  private void isMadeOfHugePages(String pod) throws Exception {
    Path maps = Path.of("/proc", Long.toString(node().broker().process(pod).pid()), "smaps");
    List<String> lines = Files.readAllLines(maps);
    long mapped = 0;
    boolean ram = false;
    for (String line : lines) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        ram = line.contains("/memfd:ram");
      } else if (ram && line.startsWith("Size:")) {
        mapped += Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      } else if (ram && line.startsWith("KernelPageSize:")) {
        assertThat(line).matches("KernelPageSize: +2048 kB");
      }
    }
    assertThat(mapped).isEqualTo(RAM_BYTES);
  }

  private String boot() throws Exception {
    String pod = node().boot(OLD);
    await().atMost(SOON).until(() -> node().broker().hasConsole());
    node().broker().console().await("GUEST UP", BOOT);
    return pod;
  }

  private void guestIsWell() throws Exception {
    assertThat(tick()).isLessThan(tick());
    node().broker().console().type("verify");
    node().broker().console().await("verify mb=\\d+ bad=0", SOON);
  }

  private int tick() throws Exception {
    return Integer.parseInt(node().broker().console().await("tick (\\d+)\\r?\\n", SOON));
  }

  private UpdateResult ended(String update) {
    await().atMost(SOON).untilAsserted(() -> assertThat(node().result(update)).isNotNull());
    return Objects.requireNonNull(node().result(update));
  }

  private TestNode node() {
    return Objects.requireNonNull(node);
  }

  private RunRecord shown() {
    return Objects.requireNonNull(node().shown());
  }
}
