package dev.moult.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code docs/handoff.md} is what the decision says; {@code -Dmoult.generate=true} writes it. */
class HandoffPageTest {
  private static final Path PAGE = Path.of("../../docs/handoff.md");

  @Test
  void thePageIsWhatTheDecisionSays() throws IOException {
    String page = HandoffPage.markdown();

    if (Boolean.getBoolean("moult.generate")) {
      Files.writeString(PAGE, page);
    }

    assertThat(PAGE)
        .as("%s differs: ./mvnw -pl node-agent/agent -am test -Dmoult.generate=true", PAGE)
        .hasContent(page);
  }
}
