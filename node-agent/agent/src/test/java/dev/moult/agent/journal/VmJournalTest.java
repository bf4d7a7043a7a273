package dev.moult.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.agent.run.Specs;
import dev.moult.api.v1alpha1.GuestState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VmJournalTest {
  private static final String UPDATE = "44444444-5a3b-4a52-9d5e-0a4d2f9a7c11";

  @TempDir Path directory;

  private VmJournal journal() {
    return new Journal(directory).of(Specs.VM_UID);
  }

  private static UpdateRecord update() {
    RunRecord.VmmRecord a = new RunRecord.VmmRecord(Specs.VMM, "a", "10.0.2", List.of("q"), true);
    RunRecord.VmmRecord b = new RunRecord.VmmRecord(Specs.ANCHOR, "b", "", List.of("q"), true);
    return UpdateRecord.begun(UPDATE, "web-1", "default", "run", a, b, 42);
  }

  @Test
  void runIsReadAsItWasWritten() throws Exception {
    RunRecord run = Specs.run(GuestState.RUNNING, true);

    journal().save(run);

    assertThat(journal().run()).contains(run);
    assertThat(new Journal(directory).all())
        .extracting(VmJournal::vmUid)
        .containsExactly(Specs.VM_UID);
  }

  @Test
  void theFirstVerdictStands() throws Exception {
    VmJournal journal = journal();
    journal.begin(update());
    assertThat(journal.verdict(UPDATE)).isEqualTo(Verdict.NONE);

    assertThat(journal.decide(Verdict.COMMIT, UPDATE)).isEqualTo(Verdict.COMMIT);

    assertThat(journal().verdict(UPDATE)).isEqualTo(Verdict.COMMIT);
    assertThat(journal().verdict("another")).isEqualTo(Verdict.NONE);
    assertThatThrownBy(() -> journal.decide(Verdict.ROLLBACK, UPDATE))
        .isInstanceOf(IOException.class);
    assertThat(journal().verdict(UPDATE)).isEqualTo(Verdict.COMMIT);
  }

  @Test
  void aVerdictThatIsThereIsNotReplaced() throws Exception {
    VmJournal journal = journal();
    journal.begin(update());
    var unused = Files.writeString(journal.directory().resolve("verdict"), "ROLLBACK " + UPDATE);

    assertThat(journal.decide(Verdict.COMMIT, UPDATE)).isEqualTo(Verdict.ROLLBACK);
  }

  @Test
  void anUpdateIsKeptWithItsResultUntilItIsTold() throws Exception {
    VmJournal journal = journal();
    journal.begin(update());
    journal.save(update().refusedCont());

    assertThat(journal().update()).contains(update().refusedCont());

    journal.endUpdate();
    assertThat(journal().update()).isEmpty();
    assertThat(journal().verdict(UPDATE)).isEqualTo(Verdict.NONE);
  }

  @Test
  void whatIsNoUidNeverBecomesAPath() {
    assertThatThrownBy(() -> new Journal(directory).of("../../etc"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void forgettingLeavesNothing() throws Exception {
    VmJournal journal = journal();
    journal.save(Specs.run(GuestState.RUNNING, true));
    var unused = journal.qmpSocket(Specs.VMM);

    journal.forget();

    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void noUpdateBeginsInTheMiddleOfAnother() throws Exception {
    VmJournal journal = journal();
    journal.begin(update());
    assertThat(journal.decide(Verdict.COMMIT, UPDATE)).isEqualTo(Verdict.COMMIT);

    assertThatThrownBy(() -> journal.begin(update())).isInstanceOf(IllegalStateException.class);

    assertThat(journal.verdict(UPDATE)).isEqualTo(Verdict.COMMIT);
  }
}
