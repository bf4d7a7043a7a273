package dev.moult.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.api.testing.ApiServerExtension;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the API server lets in and what it refuses, in which words: {@code fixtures/valid-*.yaml}
 * and {@code fixtures/invalid-*.yaml}. A fixture of several documents is created, then changed.
 */
class CrdRulesIT {
  @RegisterExtension static final ApiServerExtension api = new ApiServerExtension();

  @ParameterizedTest
  @MethodSource("valid")
  void letsIn(Fixture fixture) {
    assertThatCode(() -> play(fixture)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void refuses(Fixture fixture) {
    assertThatThrownBy(() -> play(fixture))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining(fixture.refusal());
  }

  static Stream<Fixture> valid() {
    return Fixture.all().filter(fixture -> fixture.name().startsWith("valid-"));
  }

  static Stream<Fixture> invalid() {
    return Fixture.all().filter(fixture -> fixture.name().startsWith("invalid-"));
  }

  private static void play(Fixture fixture) {
    List<GenericKubernetesResource> documents = fixture.documents();
    resource(documents.getFirst()).create();
    documents.stream().skip(1).forEach(d -> resource(d).forceConflicts().serverSideApply());
  }

  private static Resource<GenericKubernetesResource> resource(GenericKubernetesResource document) {
    return api.client().resource(document).inNamespace(api.namespace());
  }
}
