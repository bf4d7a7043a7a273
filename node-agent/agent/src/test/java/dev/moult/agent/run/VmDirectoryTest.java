package dev.moult.agent.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.agent.broker.LateLink;
import dev.moult.agent.guest.GuestView;
import dev.moult.agent.journal.FreezeRecord;
import dev.moult.agent.journal.GuestRecord;
import dev.moult.agent.journal.Journal;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.status.Teller;
import dev.moult.agent.update.Conductor.Checked;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.ProbesStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.qemu.pairs.KnownPairs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VmDirectoryTest {
  private static final String OTHER = "7f1c9d0e-5a3b-4a52-9d5e-0a4d2f9a7c11";

  @TempDir Path directory;

  @Test
  void aJournalThatIsNotReadableKeepsNoOtherVmFromItsAgent() throws Exception {
    Journal journal = new Journal(directory);
    journal.of(Specs.VM_UID).save(Specs.run(GuestState.RUNNING, true));
    Path newer = Files.createDirectories(journal.of(OTHER).directory()).resolve("run.json");
    Files.writeString(newer, "{\"format\":2}");
    var vms = new VmDirectory(journal, node());

    vms.load();
    vms.post(OTHER, new VmSignal.Wake());

    await()
        .untilAsserted(() ->
            assertThat(vms.guests())
                .extracting(GuestRecord::state)
                .containsExactly(GuestState.RUNNING));
    assertThat(newer).as("kept for the agent that can read it").hasContent("{\"format\":2}");
    vms.stop(Duration.ofSeconds(5));
  }

  private static NodeContext node() {
    return new NodeContext(
        "node1",
        new LateLink(),
        Specs.node(false),
        KnownPairs::bundled,
        new Nobody(),
        (verdict, took) -> {},
        Clock.systemUTC());
  }

  /** No API server is there to be told. */
  private static final class Nobody implements Teller {
    @Override
    public void vm(
        VirtualMachine seen,
        RunRecord run,
        List<Obstacle> obstacles,
        GuestView view,
        @Nullable ProbesStatus probes) {
      // nobody listens
    }

    @Override
    public void checked(LiveUpdate seen, String runId, Checked checked) {
      // nobody listens
    }

    @Override
    public void ended(LiveUpdate seen, UpdateRecord update, UpdateResult result, Runnable told) {
      // nobody listens
    }

    @Override
    public void guest(VirtualMachine seen, RunRecord run) {
      // nobody listens
    }

    @Override
    public void reset(VirtualMachine seen, Instant requestedAt) {
      // nobody listens
    }

    @Override
    public void freeze(VirtualMachine seen, FreezeRecord freeze) {
      // nobody listens
    }

    @Override
    public void watchdog(VirtualMachine seen, String message) {
      // nobody listens
    }
  }
}
