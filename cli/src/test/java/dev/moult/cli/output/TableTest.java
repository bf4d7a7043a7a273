package dev.moult.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class TableTest {
  @Test
  void isAlignedAsKubectlDoesAndShowsNoControlCharacters() {
    var printed = new StringWriter();
    var table = new Table("NAME", "REASON");
    table.add("web", null);
    table.add("database", "bad\u001b[31m\nthing\u202e");

    table.print(new PrintWriter(printed));

    assertThat(printed)
        .hasToString(
            """
            NAME       REASON
            web        <none>
            database   bad\u00b7[31m thing\u00b7
            """);
  }

  @Test
  void withoutColumnsTheirNamesTakeNoRoom() {
    var printed = new StringWriter();
    var table = new Table("A LONG NAME", "B");
    table.add("web", "1");
    table.add("data", "2");

    table.printRows(new PrintWriter(printed));

    assertThat(printed)
        .hasToString(
            """
            web    1
            data   2
            """);
  }

  @Test
  void withoutRowsNothingIsLeftOfIt() {
    var printed = new StringWriter();

    new Table("NAME").printRows(new PrintWriter(printed));

    assertThat(printed).hasToString("");
  }
}
