package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.e2e.hostile.Hostile;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** Hostile pods get nowhere; all of them are tried by {@code make hostile}. */
@ExtendWith(Installed.class)
@Isolated
final class HostileE2E {

  @BeforeAll
  static void loadTheHostileImage() {
    Installed.run("images/load", "hostile");
  }

  @Test
  void hostilePodsGetNowhere(KubernetesClient client) throws Exception {
    assertThat(Hostile.few(client, Installed.checkout())).isEmpty();
  }
}
