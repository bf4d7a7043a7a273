package dev.moult.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.vertx.core.http.HttpClosedException;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;

final class RefusalTest {
  @Test
  void aMissingPermissionIsNamedAsARoleWritesIt() {
    assertThat(
            explain(
                403,
                "virtualmachines.moult.dev \"web\" is forbidden: User \"jane\" cannot patch"
                    + " resource \"virtualmachines\" in API group \"moult.dev\" in the namespace"
                    + " \"shop\""))
        .isEqualTo(
            """
            you may not patch virtualmachines.moult.dev in namespace "shop" (you are "jane")
            Ask for a Role with: apiGroups: ["moult.dev"], resources: ["virtualmachines"], verbs: ["patch"]\
            """);
  }

  @Test
  void ofTheCoreGroupToo() {
    assertThat(
            explain(
                403,
                "pods \"web-anchor\" is forbidden: User \"jane\" cannot create resource"
                    + " \"pods/attach\" in API group \"\" in the namespace \"shop\""))
        .startsWith("you may not create pods/attach in namespace \"shop\"")
        .contains("apiGroups: [\"\"], resources: [\"pods/attach\"], verbs: [\"create\"]");
  }

  @Test
  void whatAPolicyRefusesIsToldInItsOwnWords() {
    String words = "virtualmachines.moult.dev \"web\" is forbidden: ValidatingAdmissionPolicy 'x'";

    assertThat(explain(403, words)).isEqualTo(words);
  }

  @Test
  void aFieldThatAnOlderMoultDoesNotHave() {
    assertThat(
            explain(
                422,
                "patch: Invalid value: \"{…}\": strict decoding error: unknown field"
                    + " \"spec.restartRequestedAt\""))
        .isEqualTo(
            "the Moult of this cluster is older than this plugin: it does not know"
                + " spec.restartRequestedAt");
  }

  @Test
  void expiredCredentials() {
    assertThat(explain(401, "Unauthorized")).startsWith("you are not logged in");
  }

  @Test
  void aServerThatIsAway() {
    var e = new KubernetesClientException("Operation: [get]", new ConnectException());

    assertThat(Refusal.explain(e))
        .isEqualTo("the API server cannot be reached: connection refused");
  }

  @Test
  void aConnectionThatBroke() {
    var e = new KubernetesClientException("broke", new HttpClosedException("was closed"));

    assertThat(Refusal.explain(e)).isEqualTo("the API server cannot be reached: was closed");
  }

  private static String explain(int code, String message) {
    var status = new StatusBuilder().withCode(code).withMessage(message).build();
    return Refusal.explain(new KubernetesClientException("Failure executing: GET", code, status));
  }
}
