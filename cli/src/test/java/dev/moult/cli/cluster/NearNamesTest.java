package dev.moult.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NearNamesTest {
  private static final List<String> NAMES = List.of("web", "web-2", "database", "wiki", "mail");

  @Test
  void aSlipOfTheKeyIsNear() {
    assertThat(NearNames.near("wev", NAMES)).containsExactly("web");
    assertThat(NearNames.near("databse", NAMES)).containsExactly("database");
    assertThat(NearNames.near("wbe", NAMES)).containsExactly("web");
  }

  @Test
  void aBeginningIsNear() {
    assertThat(NearNames.near("data", NAMES)).containsExactly("database");
    assertThat(NearNames.near("web-22", NAMES)).containsExactly("web-2", "web");
  }

  @Test
  void anotherNameIsNot() {
    assertThat(NearNames.near("zebra", NAMES)).isEmpty();
    assertThat(NearNames.suggestion("zebra", () -> NAMES)).isEmpty();
  }

  @Test
  void theSuggestionIsASentence() {
    assertThat(NearNames.suggestion("web-1", () -> NAMES))
        .isEqualTo("; did you mean web-2 or web?");
  }

  @Test
  void whoMayNotListGetsNone() {
    assertThat(
            NearNames.suggestion(
                "wev",
                () -> {
                  throw new KubernetesClientException("forbidden");
                }))
        .isEmpty();
  }
}
