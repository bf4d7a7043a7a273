package dev.moult.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No rule of the CRDs is without a fixture that it refuses. */
class FixturesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "virtualmachines.moult.dev.yaml",
        "liveupdates.moult.dev.yaml",
        "virtualmachineautopsies.moult.dev.yaml"
      })
  void everyRuleHasAFixture(String file) throws IOException {
    JsonNode crd = new YAMLMapper().readTree(Path.of("generated", file).toFile());

    Set<String> messages =
        crd.findValues("x-kubernetes-validations").stream()
            .flatMap(rules -> rules.findValuesAsText("message").stream())
            .collect(Collectors.toSet());

    Set<String> refusals =
        Fixture.all()
            .filter(fixture -> fixture.name().startsWith("invalid-"))
            .map(Fixture::refusal)
            .collect(Collectors.toSet());
    assertThat(messages).isNotEmpty();
    assertThat(refusals).containsAll(messages);
  }
}
