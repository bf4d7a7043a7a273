package dev.moult.agent.status;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.AutopsyFindings;
import dev.moult.api.v1alpha1.HandoffStatus;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.Verdict;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import dev.moult.api.v1alpha1.VirtualMachineAutopsyStatus;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Server-side applies of the agent's own status fields. A write says which version of the object it
 * is about: if that has changed, the live object is looked at, and one that is another (a new uid,
 * a new run) is left alone.
 */
public final class StatusClient {
  private static final int ATTEMPTS = 5;
  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager(ApiNames.AGENT_MANAGER)
          .withForce(true)
          .build();

  private final KubernetesClient client;

  /** Over a client that may patch the three status subresources. */
  public StatusClient(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Writes a VirtualMachine's status.
   *
   * @param seen as it was last seen
   * @param runId the run that this is about
   * @return whether it was written; false when the object is gone or another
   */
  public boolean apply(VirtualMachine seen, String runId, VirtualMachineStatus status) {
    VirtualMachine fresh = new VirtualMachine();
    fresh.setStatus(status);
    return apply(
        seen, fresh, live -> live.getStatus() != null && runId.equals(live.getStatus().runID()));
  }

  /**
   * Writes a LiveUpdate's status; see {@link #apply(VirtualMachine, String, VirtualMachineStatus)}.
   */
  public boolean apply(LiveUpdate seen, LiveUpdateStatus status) {
    LiveUpdate fresh = new LiveUpdate();
    fresh.setStatus(status);
    Verdict ours = verdict(status);
    return apply(
        seen,
        fresh,
        live -> {
          Verdict told = verdict(live.getStatus());
          return told == null || told == ours; // a verdict never changes
        });
  }

  /** Writes what was found for an autopsy; once, and then it stands. */
  public boolean apply(VirtualMachineAutopsy seen, AutopsyFindings findings) {
    VirtualMachineAutopsy fresh = new VirtualMachineAutopsy();
    fresh.setStatus(new VirtualMachineAutopsyStatus(null, null, null, null, null, findings));
    return apply(
        seen,
        fresh,
        live -> {
          AutopsyFindings told = live.getStatus() == null ? null : live.getStatus().findings();
          return told == null || !Objects.equals(told.uid(), findings.uid());
        });
  }

  private static @Nullable Verdict verdict(@Nullable LiveUpdateStatus status) {
    HandoffStatus handoff = status == null ? null : status.handoff();
    return handoff == null ? null : handoff.verdict();
  }

  private <T extends HasMetadata> boolean apply(
      T seen, T fresh, java.util.function.Predicate<T> same) {
    @Nullable T current = seen;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (current == null || !isStill(seen, current, same)) {
        return false;
      }
      fresh.setMetadata(
          new ObjectMetaBuilder()
              .withName(seen.getMetadata().getName())
              .withNamespace(seen.getMetadata().getNamespace())
              .withResourceVersion(current.getMetadata().getResourceVersion())
              .build());
      try {
        var unused = client.resource(fresh).subresource("status").patch(APPLY);
        return true;
      } catch (KubernetesClientException e) {
        if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
          return false;
        }
        current = client.resource(seen).get();
        boolean still = current != null && isStill(seen, current, same);
        if (still && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
          throw e;
        }
      }
    }
    throw new KubernetesClientException(
        "status of " + seen.getMetadata().getName() + " changes faster than it can be written");
  }

  private static <T extends HasMetadata> boolean isStill(
      T seen, T live, java.util.function.Predicate<T> same) {
    return Objects.equals(seen.getMetadata().getUid(), live.getMetadata().getUid())
        && same.test(live);
  }
}
