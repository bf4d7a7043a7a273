package dev.moult.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.e2e.faults.FaultRun;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** The short form of the table of faults; {@code make faults} runs all of it. */
@ExtendWith(Installed.class)
@Isolated
final class FaultsE2E {

  @Test
  void noFaultOfTheShortTableLosesAGuestThatItMayNot(KubernetesClient client) throws Exception {
    assertThat(FaultRun.shortForm(client, Installed.checkout(), System.out)).isEmpty();
  }
}
