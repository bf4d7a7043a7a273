package dev.moult.bench.figures;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class FigureTableTest {

  @Test
  void aMissedFigureIsMarkedAndTheTableIsStillComplete() {
    var table = new FigureTable();
    table.seen("pause", "<= 1.5 ms", "0.4 ms", true);
    table.seen("lost", "<= 5", "9 %s", false);

    assertThat(printed(table))
        .isEqualTo(
            """
            | what  | figure    | seen   | ok          |
            | --- | --- | --- | --- |
            | pause | <= 1.5 ms | 0.4 ms | ok          |
            | lost  | <= 5      | 9 %s   | NOT REACHED |
            """);
    assertThat(table.isComplete()).isTrue();
  }

  @Test
  void whatCouldNotBeMeasuredMakesTheTableIncomplete() {
    var table = new FigureTable();
    table.missing("pause", "<= 1.5 ms", "no update completed");

    assertThat(printed(table)).contains("NOT MEASURED");
    assertThat(table.isComplete()).isFalse();
  }

  private static String printed(FigureTable table) {
    var bytes = new ByteArrayOutputStream();
    table.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }
}
