package dev.moult.api.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The page for administrators leaves no reason out. */
class FailuresPageTest {
  private static final Path PAGE = Path.of("../docs/operations/failures.md");

  @Test
  void everyReasonHasItsPlace() throws IOException {
    var text = Files.readString(PAGE);

    assertThat(Arrays.stream(Reason.values()).map(Reason::value))
        .as("reasons that %s must tell what to do about", PAGE)
        .allMatch(reason -> text.contains("`" + reason + "`"));
  }
}
