package dev.moult.api.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.authentication.SelfSubjectReview;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ApiServerExtensionIT {
  @RegisterExtension static final ApiServerExtension api = new ApiServerExtension();

  @Test
  void aTokenBoundToAPodNamesItsNode() {
    try (KubernetesClient agent = api.identities().onNode(api.namespace(), "agent", "node1")) {
      UserInfo user = whoAmI(agent);

      assertThat(user.getUsername())
          .isEqualTo("system:serviceaccount:" + api.namespace() + ":agent");
      assertThat(user.getExtra().get("authentication.kubernetes.io/node-name"))
          .containsExactly("node1");
    }
  }

  @Test
  void aServiceAccountsTokenIsBoundToNoNode() {
    try (KubernetesClient client = api.identities().serviceAccount(api.namespace(), "other")) {
      assertThat(whoAmI(client).getExtra())
          .doesNotContainKey("authentication.kubernetes.io/node-name");
    }
  }

  @Test
  void aUserIsOfHisGroups() {
    try (KubernetesClient client = api.identities().user("jane", "developers")) {
      UserInfo user = whoAmI(client);

      assertThat(user.getUsername()).isEqualTo("jane");
      assertThat(user.getGroups()).contains("developers");
    }
  }

  private static UserInfo whoAmI(KubernetesClient client) {
    return client.resource(new SelfSubjectReview()).create().getStatus().getUserInfo();
  }
}
