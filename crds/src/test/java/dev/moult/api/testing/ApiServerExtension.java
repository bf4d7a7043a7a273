package dev.moult.api.testing;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives a test class an API server of its own and each test a namespace:
 *
 * <pre>{@code
 * @RegisterExtension static final ApiServerExtension api = new ApiServerExtension();
 * }</pre>
 */
public final class ApiServerExtension
    implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback {
  private @Nullable ApiServer server;
  private @Nullable String namespace;

  @Override
  public void beforeAll(ExtensionContext context) {
    server = ApiServer.start();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    namespace = server().createNamespace();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (server != null) {
      server.close();
    }
  }

  /** The server of this class. */
  public ApiServer server() {
    return Objects.requireNonNull(server, "only within the tests of the class");
  }

  /** Cluster-admin. */
  public KubernetesClient client() {
    return server().client();
  }

  /** Clients of other identities. */
  public Identities identities() {
    return server().identities();
  }

  /** The namespace of the test that runs. */
  public String namespace() {
    return Objects.requireNonNull(namespace, "only within a test");
  }
}
