package dev.moult.agent.journal;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.moult.api.v1alpha1.ExecProbe;
import dev.moult.api.v1alpha1.GuestProbe;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The probes of a run that go by its guest agent, as the spec had them when it began: who changes
 * the spec later has nothing run in the guest before its next start.
 *
 * @param readiness whether the guest can serve; null if that is not asked, or not through the agent
 * @param liveness whether it is alive; null likewise
 * @param startup whether it has come up; null likewise
 * @param afterKubelet the kubelet asks whether it has come up, and these wait for that
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AgentProbes(
    @Nullable Probe readiness,
    @Nullable Probe liveness,
    @Nullable Probe startup,
    boolean afterKubelet) {

  /**
   * One of them.
   *
   * @param command what is to end with exit code 0; empty: the agent is to answer
   * @param initialDelaySeconds from the guest's start to the first try
   * @param periodSeconds from one try to the next
   * @param timeoutSeconds after which a try has failed
   * @param successThreshold tries in a row that make it succeed
   * @param failureThreshold tries in a row that make it fail
   */
  public record Probe(
      List<String> command,
      int initialDelaySeconds,
      int periodSeconds,
      int timeoutSeconds,
      int successThreshold,
      int failureThreshold) {

    /** Refuses what is not whole: text from a file may lack anything. */
    public Probe {
      command = List.copyOf(command);
      if (initialDelaySeconds < 0
          || periodSeconds < 1
          || timeoutSeconds < 1
          || successThreshold < 1
          || failureThreshold < 1) {
        throw new IllegalArgumentException("a probe without its times");
      }
    }

    private static @Nullable Probe of(@Nullable GuestProbe wished) {
      if (wished == null || (wished.exec() == null && wished.guestAgentPing() == null)) {
        return null;
      }
      ExecProbe exec = wished.exec();
      return new Probe(
          exec == null ? List.of() : exec.command(),
          wished.initialDelaySeconds(),
          wished.periodSeconds(),
          wished.timeoutSeconds(),
          wished.successThreshold(),
          wished.failureThreshold());
    }
  }

  /** Those of a spec; null if it has none. */
  public static @Nullable AgentProbes of(VirtualMachineSpec spec) {
    Probe readiness = Probe.of(spec.readinessProbe());
    Probe liveness = Probe.of(spec.livenessProbe());
    Probe startup = Probe.of(spec.startupProbe());
    if (readiness == null && liveness == null && startup == null) {
      return null;
    }
    return new AgentProbes(
        readiness, liveness, startup, startup == null && spec.startupProbe() != null);
  }
}
