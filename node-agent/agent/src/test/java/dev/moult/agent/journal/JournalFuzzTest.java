package dev.moult.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;

/** What an agent finds in its journal: torn, or from another release. */
class JournalFuzzTest {

  @FuzzTest(maxDuration = "")
  void run(byte[] text) throws IOException {
    RunRecord run;
    try {
      run = VmJournal.parse(text, RunRecord.class);
    } catch (IOException refused) {
      return;
    }
    assertThat(run.anchorPodUid()).isNotNull();
    assertThat(run.guest()).isNotNull();
    assertThat(VmJournal.parse(VmJournal.text(run), RunRecord.class)).isEqualTo(run);
  }

  @FuzzTest(maxDuration = "")
  void update(byte[] text) throws IOException {
    UpdateRecord update;
    try {
      update = VmJournal.parse(text, UpdateRecord.class);
    } catch (IOException refused) {
      return;
    }
    assertThat(update.from().podUid()).isNotNull();
    assertThat(update.to().podUid()).isNotNull();
    assertThat(VmJournal.parse(VmJournal.text(update), UpdateRecord.class)).isEqualTo(update);
  }

  @FuzzTest(maxDuration = "")
  void verdict(byte[] text) {
    try {
      assertThat(VmJournal.verdictIn(text, "u")).isNotNull();
    } catch (IOException refused) {
      assertThat(refused.getMessage()).contains("verdict");
    }
  }
}
