package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.e2e.Feature.Rule;
import dev.moult.e2e.FeatureTable.Moment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When a feature counts as seen, and how that is told. */
final class FeatureTableTest {
  private static final Feature EACH = new Feature("disk", "cat a | cmp - b", "new kept");
  private static final Feature SAME = new Feature("boot", "cat boot_id", "[0-9a-f]+", Rule.SAME);
  private static final Feature COUNTER = new Feature("count", "get", "[0-9.E]+", Rule.NEVER_LESS);
  private static final Feature SCREEN = new Feature("screen", "look", "PNG", Rule.ONE);

  private final FeatureTable table = new FeatureTable();

  @Test
  void oneAnswerThatIsNotAsItMustBeIsAFailure() {
    table.add(Moment.DURING, EACH, List.of("new kept", "new", "new kept"));

    assertThat(table.failures(Moment.DURING)).containsExactly("disk: \"new\" after \"new kept\"");
    assertThat(table.failures(Moment.AFTER)).isEmpty();
  }

  @Test
  void whatWasNotAskedIsAFailure() {
    table.add(Moment.BEFORE, Map.of(EACH, List.of()));

    assertThat(table.failures(Moment.BEFORE)).containsExactly("disk: was not asked");
  }

  @Test
  void whatMustStayTheSameIsComparedOverAllMoments() {
    table.add(Moment.BEFORE, SAME, List.of("1f"));
    table.add(Moment.DURING, SAME, List.of("1f", "1f"));
    table.add(Moment.AFTER, SAME, List.of("2f"));

    assertThat(table.failures(Moment.DURING)).isEmpty();
    assertThat(table.failures(Moment.AFTER)).containsExactly("boot: \"2f\" after \"1f\"");
  }

  @Test
  void aCounterMayStandStillAndNotGoBack() {
    table.add(Moment.BEFORE, COUNTER, List.of("9.0", "9.0", "1.2E1"));
    table.add(Moment.DURING, COUNTER, List.of("11.0"));

    assertThat(table.failures(Moment.BEFORE)).isEmpty();
    assertThat(table.failures(Moment.DURING)).hasSize(1);
  }

  @Test
  void ofAConnectionThatAnUpdateEndsOneAnswerIsEnough() {
    table.add(Moment.DURING, SCREEN, List.of("hung up", "PNG"));
    table.add(Moment.AFTER, SCREEN, List.of("hung up"));

    assertThat(table.failures(Moment.DURING)).isEmpty();
    assertThat(table.failures(Moment.AFTER)).hasSize(1);
  }

  @Test
  void theTableIsMarkdown() {
    table.add(Moment.BEFORE, EACH, List.of("new kept"));
    table.add(Moment.DURING, EACH, List.of("new kept", "new kept"));
    table.add(Moment.AFTER, EACH, List.of("no such file"));

    assertThat(table.markdown().lines())
        .containsExactly(
            "| feature | command | shows | before, 10.0.2 | during 10.0.2 → 11.1.3 | after, 11.1.3"
                + " | during 11.1.3 → 11.1.3, forced | after that |",
            "|---|---|---|---|---|---|---|---|",
            "| disk | `cat a \\| cmp - b` | `new kept` | yes | yes, 2 of 2 | **no** | – | – |");
  }
}
