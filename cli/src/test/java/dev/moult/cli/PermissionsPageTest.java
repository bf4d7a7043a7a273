package dev.moult.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table of permissions in docs/kubectl-moult.md is what the verbs declare. */
final class PermissionsPageTest {
  private static final Path PAGE = Path.of("../docs/kubectl-moult.md");
  private static final String BEGIN = "<!-- permissions: made from the code -->\n";
  private static final String END = "<!-- end -->\n";

  @Test
  void isWhatTheVerbsDeclare() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END, begin);

    if (Boolean.getBoolean("moult.generate")) {
      Files.writeString(PAGE, page.substring(0, begin) + table() + page.substring(end));
    }
    assertThat(page.substring(begin, end))
        .as("make it anew: ./mvnw -pl cli -am test -Dmoult.generate=true")
        .isEqualTo(table());
  }

  private static String table() {
    return Verb.all().stream()
        .map(Verb::row)
        .collect(
            Collectors.joining(
                "\n",
                "| verb | permissions | when it waits, beside those |\n| --- | --- | --- |\n",
                "\n"));
  }
}
