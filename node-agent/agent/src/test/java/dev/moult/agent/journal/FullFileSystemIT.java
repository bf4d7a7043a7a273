package dev.moult.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.run.Specs;
import dev.moult.api.v1alpha1.GuestState;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The journal on a real tmpfs that has no room left, neither for bytes nor for names. */
class FullFileSystemIT {
  private static final String UPDATE = "44444444-5a3b-4a52-9d5e-0a4d2f9a7c11";

  private FullTmpfs tmpfs;
  private VmJournal journal;

  @BeforeEach
  void begin() throws Exception {
    tmpfs = new FullTmpfs();
    journal = new Journal(tmpfs.root()).of(Specs.VM_UID);
    journal.save(Specs.run(GuestState.RUNNING, true));
  }

  @AfterEach
  void end() {
    tmpfs.close();
  }

  @Test
  void noUpdateBeginsAndNothingIsLeft() throws Exception {
    tmpfs.fill();

    assertThatThrownBy(() -> journal.begin(update())).isInstanceOf(IOException.class);

    assertThat(journal.update()).isEmpty();
    assertThat(names()).containsExactly("run.json");
    assertThat(journal.run()).contains(Specs.run(GuestState.RUNNING, true));
  }

  @Test
  void theVerdictOfAnUpdateThatBeganIsWritten() throws Exception {
    journal.begin(update());
    tmpfs.fill();

    assertThat(journal.decide(Verdict.COMMIT, UPDATE)).isEqualTo(Verdict.COMMIT);

    assertThat(journal.verdict(UPDATE)).isEqualTo(Verdict.COMMIT);
  }

  @Test
  void thatBRefusedToRunIsWritten() throws Exception {
    journal.begin(update());
    assertThat(journal.decide(Verdict.COMMIT, UPDATE)).isEqualTo(Verdict.COMMIT);
    tmpfs.fill();

    journal.contRefused();

    assertThat(journal.update()).contains(update().refusedCont());
  }

  @Test
  void whoIsInChargeAndHowItEndedIsWritten() throws Exception {
    journal.begin(update());
    tmpfs.fill();
    assertThat(journal.decide(Verdict.COMMIT, UPDATE)).isEqualTo(Verdict.COMMIT);
    RunRecord run = Specs.run(GuestState.RUNNING, true).withVmm(update().to());

    journal.save(run);
    journal.save(update().ended(result()));

    assertThat(journal.run()).contains(run);
    assertThat(journal.update().orElseThrow().result()).isEqualTo(result());
    journal.endUpdate();
    assertThat(names()).containsExactly("run.json");
  }

  private List<String> names() throws IOException {
    try (var all = Files.list(journal.directory())) {
      return all.map(path -> path.getFileName().toString()).toList();
    }
  }

  private static UpdateRecord update() {
    RunRecord.VmmRecord a = new RunRecord.VmmRecord(Specs.VMM, "a", "10.0.2", List.of("q"), true);
    RunRecord.VmmRecord b = new RunRecord.VmmRecord(Specs.ANCHOR, "b", "", List.of("q"), true);
    return UpdateRecord.begun(UPDATE, "web-1", "default", "run", a, b, 42);
  }

  private static UpdateResult result() {
    return new UpdateResult(
        End.COMMITTED,
        "Transferred",
        "",
        1,
        "10.0.2",
        "11.1.3",
        9_000L,
        1,
        1,
        0,
        true,
        List.of(),
        List.of(),
        List.of());
  }
}
