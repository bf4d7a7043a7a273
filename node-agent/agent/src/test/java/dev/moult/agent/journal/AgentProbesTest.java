package dev.moult.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.agent.run.Specs;
import dev.moult.api.v1alpha1.ExecProbe;
import dev.moult.api.v1alpha1.GuestAgentPingProbe;
import dev.moult.api.v1alpha1.GuestProbe;
import dev.moult.api.v1alpha1.TcpSocketProbe;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.List;
import org.junit.jupiter.api.Test;

class AgentProbesTest {
  private static final GuestProbe TCP =
      new GuestProbe(null, new TcpSocketProbe(new IntOrString(22)), 0, 10, 1, 1, 3);
  private static final GuestProbe PING =
      new GuestProbe(null, null, null, new GuestAgentPingProbe(), 1, 2, 3, 4, 5);
  private static final GuestProbe EXEC =
      new GuestProbe(null, null, new ExecProbe(List.of("a", "b")), null, 0, 10, 1, 1, 3);

  private static VirtualMachineSpec spec(GuestProbe readiness, GuestProbe startup) {
    return Specs.spec().withReadinessProbe(readiness).withStartupProbe(startup);
  }

  @Test
  void whatTheKubeletAsksIsNotAsked() {
    assertThat(AgentProbes.of(Specs.spec())).isNull();
    assertThat(AgentProbes.of(spec(TCP, TCP))).isNull();
  }

  @Test
  void theRestIsAskedAsTheSpecSays() {
    assertThat(AgentProbes.of(spec(EXEC, PING)))
        .isEqualTo(
            new AgentProbes(
                new AgentProbes.Probe(List.of("a", "b"), 0, 10, 1, 1, 3),
                null,
                new AgentProbes.Probe(List.of(), 1, 2, 3, 4, 5),
                false));
  }

  @Test
  void whatTheKubeletAsksFirstIsWaitedFor() {
    assertThat(AgentProbes.of(spec(EXEC, TCP)))
        .isEqualTo(
            new AgentProbes(
                new AgentProbes.Probe(List.of("a", "b"), 0, 10, 1, 1, 3), null, null, true));
  }

  @Test
  void whatWouldBeAskedWithoutEndIsRefused() {
    assertThatThrownBy(() -> new AgentProbes.Probe(List.of(), 0, 0, 1, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
