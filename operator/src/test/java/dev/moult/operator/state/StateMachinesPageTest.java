package dev.moult.operator.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.operator.update.UpdateLife;
import dev.moult.operator.vm.VmLife;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/state-machines.md} is what the tables say; with {@code -Dmoult.generate=true} it is
 * written.
 */
class StateMachinesPageTest {
  private static final Path PAGE = Path.of("../docs/state-machines.md");

  @Test
  void thePageIsWhatTheTablesSay() throws IOException {
    var page = page();

    if (Boolean.getBoolean("moult.generate")) {
      Files.writeString(PAGE, page);
    }

    assertThat(PAGE)
        .as("%s differs from the tables: ./mvnw -pl operator -am test -Dmoult.generate=true", PAGE)
        .hasContent(page);
  }

  private static String page() {
    return """
    <!-- Made from the tables VmLife and UpdateLife of the operator:
         ./mvnw -pl operator -am test -Dmoult.generate=true -->
    # State machines

    Each object is in one state, which its `status.phase` shows. The operator looks at what is there, and
    one pure function says what follows; only the transitions below can happen. A state with a deadline is
    left, or says so, when that has passed. An update's deadline before the verdict is its `spec.timeout`,
    and while both QEMUs may be alive only the agent decides, as `docs/handoff.md` says.

    """
        + VmLife.TABLE.markdown()
        + "\n"
        + UpdateLife.TABLE.markdown();
  }
}
