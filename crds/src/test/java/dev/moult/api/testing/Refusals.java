package dev.moult.api.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** That the API server refuses something, and who is behind it. */
public final class Refusals {
  private Refusals() {}

  /**
   * By an admission policy of the chart, and not by anything that looks before or after it.
   *
   * @param words what its message must say
   */
  public static void assertRefused(String policy, String words, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            KubernetesClientException.class,
            e -> {
              assertThat(e.getMessage())
                  .contains("ValidatingAdmissionPolicy '" + policy + "'")
                  .contains(words);
              assertThat(e.getCode()).isEqualTo(HttpURLConnection.HTTP_FORBIDDEN);
            });
  }
}
