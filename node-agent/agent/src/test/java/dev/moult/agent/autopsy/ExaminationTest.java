package dev.moult.agent.autopsy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What of a log goes into a status. */
class ExaminationTest {
  @Test
  void theLastWholeLinesThatFit() {
    List<String> lines = Collections.nCopies(3_000, "x".repeat(63));

    String end = Examination.end(lines);

    assertThat(end).hasSize(Examination.MOST_LOG).endsWith("x\n");
    assertThat(end.lines()).hasSize(1024).allMatch(line -> line.length() == 63);
  }

  @Test
  void aLineThatIsTooLongEndsIt() {
    assertThat(Examination.end(List.of("first", "y".repeat(Examination.MOST_LOG), "last")))
        .isEqualTo("last\n");
    assertThat(Examination.end(List.of())).isEmpty();
  }
}
